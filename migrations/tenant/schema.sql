-- revision 2026_12_01_1100
CREATE TABLE analytics_bookings (
	id UUID NOT NULL, 
	expert_id UUID, 
	made_on DATE, 
	session_on DATE, 
	state VARCHAR(16) NOT NULL, 
	minutes INTEGER NOT NULL, 
	price_minor BIGINT NOT NULL, 
	currency VARCHAR(3) DEFAULT '' NOT NULL, 
	CONSTRAINT analytics_bookings_pkey PRIMARY KEY (id)
);

CREATE TABLE analytics_days (
	day DATE NOT NULL, 
	made INTEGER NOT NULL, 
	made_minor BIGINT NOT NULL, 
	pending INTEGER NOT NULL, 
	confirmed INTEGER NOT NULL, 
	completed INTEGER NOT NULL, 
	cancelled INTEGER NOT NULL, 
	no_show INTEGER NOT NULL, 
	minutes BIGINT NOT NULL, 
	value_minor BIGINT NOT NULL, 
	payments INTEGER NOT NULL, 
	revenue_minor BIGINT NOT NULL, 
	refunds INTEGER NOT NULL, 
	refund_minor BIGINT NOT NULL, 
	people INTEGER NOT NULL, 
	experts INTEGER NOT NULL, 
	currency VARCHAR(3) DEFAULT '' NOT NULL, 
	CONSTRAINT analytics_days_pkey PRIMARY KEY (day)
);

CREATE TABLE analytics_expert_days (
	day DATE NOT NULL, 
	expert_id UUID NOT NULL, 
	sessions INTEGER NOT NULL, 
	cancelled INTEGER NOT NULL, 
	value_minor BIGINT NOT NULL, 
	currency VARCHAR(3) DEFAULT '' NOT NULL, 
	CONSTRAINT analytics_expert_days_pkey PRIMARY KEY (day, expert_id)
);

CREATE TABLE analytics_experts (
	id UUID NOT NULL, 
	joined_on DATE, 
	topic_id UUID, 
	CONSTRAINT analytics_experts_pkey PRIMARY KEY (id)
);

CREATE TABLE analytics_ledger (
	id INTEGER NOT NULL, 
	zone TEXT NOT NULL, 
	closes_at TIMESTAMP WITH TIME ZONE, 
	rebuild_source TEXT NOT NULL, 
	rebuild_after UUID, 
	rebuilt_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT analytics_ledger_pkey PRIMARY KEY (id), 
	CONSTRAINT analytics_ledger_only_one_check CHECK (id = 1)
);

CREATE TABLE analytics_money (
	id UUID NOT NULL, 
	moved_on DATE, 
	is_refund BOOLEAN NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) DEFAULT '' NOT NULL, 
	CONSTRAINT analytics_money_pkey PRIMARY KEY (id)
);

CREATE TABLE analytics_open_days (
	day DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	estimated BOOLEAN NOT NULL, 
	CONSTRAINT analytics_open_days_pkey PRIMARY KEY (day)
);

CREATE TABLE analytics_people (
	id UUID NOT NULL, 
	joined_on DATE, 
	CONSTRAINT analytics_people_pkey PRIMARY KEY (id)
);

CREATE TABLE announcements (
	id UUID NOT NULL, 
	texts JSONB NOT NULL, 
	tone VARCHAR(32) NOT NULL, 
	audience VARCHAR(32) NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE, 
	is_dismissable BOOLEAN NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT announcements_pkey PRIMARY KEY (id)
);

CREATE INDEX announcements_list_idx ON announcements (starts_at, id);

CREATE TABLE attempts (
	id UUID NOT NULL, 
	subject_id UUID NOT NULL, 
	payer_id UUID NOT NULL, 
	payee_id UUID, 
	provider VARCHAR(40) NOT NULL, 
	way VARCHAR(40) DEFAULT '' NOT NULL, 
	about VARCHAR(32) DEFAULT 'booking' NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	description TEXT NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	reason TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	pay_url TEXT, 
	provider_reference TEXT NOT NULL, 
	provider_data JSONB NOT NULL, 
	payee_account VARCHAR(80) DEFAULT '' NOT NULL, 
	kept_minor BIGINT, 
	cost_minor BIGINT, 
	cost_currency VARCHAR(3) DEFAULT '' NOT NULL, 
	asked_step INTEGER NOT NULL, 
	hurried_at TIMESTAMP WITH TIME ZONE, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	in_vain BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT attempts_pkey PRIMARY KEY (id), 
	CONSTRAINT attempts_amount_positive_check CHECK (amount_minor > 0)
);

CREATE INDEX attempts_amount_idx ON attempts (amount_minor, created_at, id);

CREATE INDEX attempts_description_idx ON attempts (description text_pattern_ops);

CREATE INDEX attempts_newest_idx ON attempts (created_at, id);

CREATE INDEX attempts_number_idx ON attempts (provider_reference) WHERE provider_reference <> '';

CREATE INDEX attempts_payee_idx ON attempts (payee_id, created_at, id);

CREATE INDEX attempts_payer_idx ON attempts (payer_id, created_at, id);

CREATE INDEX attempts_review_idx ON attempts (id) WHERE state = 'review';

CREATE INDEX attempts_state_idx ON attempts (state, created_at, id);

CREATE INDEX attempts_subject_id_idx ON attempts (subject_id);

CREATE TABLE audit_entries (
	id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	action TEXT NOT NULL, 
	actor_id UUID, 
	subject_id UUID, 
	detail JSONB NOT NULL, 
	CONSTRAINT audit_entries_pkey PRIMARY KEY (id)
);

CREATE INDEX audit_entries_action_id_idx ON audit_entries (action, id);

CREATE INDEX audit_entries_actor_id_id_idx ON audit_entries (actor_id, id);

CREATE INDEX audit_entries_at_idx ON audit_entries (at);

CREATE INDEX audit_entries_subject_id_id_idx ON audit_entries (subject_id, id);

CREATE TABLE booking_documents (
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	owner_id UUID NOT NULL, 
	file_key VARCHAR(80) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	content_type VARCHAR(120) NOT NULL, 
	size INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	shared_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT booking_documents_pkey PRIMARY KEY (id)
);

CREATE INDEX booking_documents_booking_id_idx ON booking_documents (booking_id);

CREATE TABLE bookings (
	id UUID NOT NULL, 
	reference VARCHAR(16) NOT NULL, 
	claim_id UUID, 
	service_id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	expert_person_id UUID NOT NULL, 
	client_id UUID, 
	session_id UUID, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	held_until TIMESTAMP WITH TIME ZONE, 
	answer_by TIMESTAMP WITH TIME ZONE, 
	price_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	service_name JSONB NOT NULL, 
	topic_text TEXT, 
	needs_acceptance BOOLEAN NOT NULL, 
	notice_minutes INTEGER NOT NULL, 
	policy JSONB NOT NULL, 
	terms JSONB DEFAULT '{}' NOT NULL, 
	discount JSONB DEFAULT '{}' NOT NULL, 
	attempt_id UUID, 
	paid_attempt_id UUID, 
	credit_attempt_ids UUID[] DEFAULT '{}' NOT NULL, 
	refund_minor BIGINT, 
	sequence INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	mode VARCHAR(16) DEFAULT 'video' NOT NULL, 
	place TEXT DEFAULT '' NOT NULL, 
	missed_by VARCHAR(8), 
	disputed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT bookings_pkey PRIMARY KEY (id), 
	CONSTRAINT bookings_reference_key UNIQUE (reference)
);

CREATE INDEX bookings_client_id_starts_at_idx ON bookings (client_id, starts_at, id);

CREATE INDEX bookings_disputed_idx ON bookings (starts_at, id) WHERE disputed_at IS NOT NULL;

CREATE INDEX bookings_expert_id_starts_at_idx ON bookings (expert_id, starts_at, id);

CREATE UNIQUE INDEX bookings_one_hold_per_session ON bookings (session_id) WHERE state = 'held';

CREATE INDEX bookings_starts_at_idx ON bookings (starts_at, id);

CREATE INDEX bookings_state_starts_at_idx ON bookings (state, starts_at, id);

CREATE TABLE calendar_connections (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	host TEXT NOT NULL, 
	secret TEXT NOT NULL, 
	when_unread VARCHAR(32) NOT NULL, 
	patience_minutes INTEGER NOT NULL, 
	connected_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	read_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tried_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	failures INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	etag TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	known_until TIMESTAMP WITH TIME ZONE NOT NULL, 
	zone TEXT NOT NULL, 
	entries INTEGER NOT NULL, 
	skipped INTEGER NOT NULL, 
	names TEXT[] NOT NULL, 
	CONSTRAINT calendar_connections_pkey PRIMARY KEY (id)
);

CREATE INDEX calendar_connections_due_at_idx ON calendar_connections (due_at);

CREATE INDEX calendar_connections_expert_id_idx ON calendar_connections (expert_id);

CREATE TABLE calendar_feeds (
	expert_id UUID NOT NULL, 
	token BYTEA NOT NULL, 
	sealed TEXT NOT NULL, 
	details BOOLEAN NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	fetched_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT calendar_feeds_pkey PRIMARY KEY (expert_id), 
	CONSTRAINT calendar_feeds_token_key UNIQUE (token)
);

CREATE TABLE calendars (
	expert_id UUID NOT NULL, 
	step_minutes INTEGER NOT NULL, 
	most_per_day SMALLINT DEFAULT '0' NOT NULL, 
	most_per_week SMALLINT DEFAULT '0' NOT NULL, 
	country TEXT DEFAULT '' NOT NULL, 
	region TEXT DEFAULT '' NOT NULL, 
	holidays_until DATE, 
	CONSTRAINT calendars_pkey PRIMARY KEY (expert_id)
);

CREATE INDEX calendars_holidays_until_idx ON calendars (holidays_until) WHERE holidays_until IS NOT NULL;

CREATE TABLE claims (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	during TSTZRANGE NOT NULL, 
	live BOOLEAN NOT NULL, 
	holder_id UUID NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT claims_pkey PRIMARY KEY (id), 
	CONSTRAINT claims_no_overlap EXCLUDE USING gist (expert_id WITH =, during WITH &&) WHERE (live)
);

CREATE TABLE commission_rules (
	id UUID NOT NULL, 
	expert_id UUID, 
	topic_id UUID, 
	percent_bp INTEGER NOT NULL, 
	fixed_minor BIGINT NOT NULL, 
	minimum_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	base VARCHAR(32) NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT commission_rules_pkey PRIMARY KEY (id), 
	CONSTRAINT commission_rules_one_scope_check CHECK (expert_id IS NULL OR topic_id IS NULL), 
	CONSTRAINT commission_rules_percent_check CHECK (percent_bp BETWEEN 0 AND 10000), 
	CONSTRAINT commission_rules_not_negative_check CHECK (fixed_minor >= 0 AND minimum_minor >= 0)
);

CREATE UNIQUE INDEX commission_rules_one_per_scope ON commission_rules (coalesce(expert_id, topic_id, '00000000-0000-0000-0000-000000000000'::uuid));

CREATE TABLE content_pages (
	id UUID NOT NULL, 
	slug TEXT NOT NULL, 
	titles JSONB NOT NULL, 
	bodies JSONB NOT NULL, 
	position INTEGER NOT NULL, 
	place VARCHAR(32) DEFAULT 'footer' NOT NULL, 
	is_shown BOOLEAN DEFAULT true NOT NULL, 
	from_pack BOOLEAN DEFAULT true NOT NULL, 
	CONSTRAINT content_pages_pkey PRIMARY KEY (id), 
	CONSTRAINT content_pages_slug_key UNIQUE (slug)
);

CREATE TABLE content_questions (
	id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	questions JSONB NOT NULL, 
	answers JSONB NOT NULL, 
	from_pack BOOLEAN DEFAULT true NOT NULL, 
	CONSTRAINT content_questions_pkey PRIMARY KEY (id)
);

CREATE TABLE conversations (
	id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	expert_person_id UUID NOT NULL, 
	last_number INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT conversations_pkey PRIMARY KEY (id), 
	CONSTRAINT conversations_pair_key UNIQUE (client_id, expert_id)
);

CREATE TABLE coupons (
	id UUID NOT NULL, 
	code VARCHAR(40) NOT NULL, 
	percent_bp INTEGER, 
	amount_minor BIGINT, 
	currency VARCHAR(3) NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE, 
	ends_at TIMESTAMP WITH TIME ZONE, 
	most INTEGER, 
	most_each INTEGER, 
	used INTEGER NOT NULL, 
	least_minor BIGINT NOT NULL, 
	client_id UUID, 
	topic_id UUID, 
	service_id UUID, 
	expert_id UUID, 
	borne_by VARCHAR(32) NOT NULL, 
	note TEXT NOT NULL, 
	made_by UUID, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT coupons_pkey PRIMARY KEY (id), 
	CONSTRAINT coupons_one_kind_check CHECK ((percent_bp IS NULL) <> (amount_minor IS NULL)), 
	CONSTRAINT coupons_percent_check CHECK (percent_bp BETWEEN 1 AND 10000), 
	CONSTRAINT coupons_amount_check CHECK (amount_minor > 0), 
	CONSTRAINT coupons_limit_check CHECK (used >= 0 AND (most IS NULL OR used <= most)), 
	CONSTRAINT coupons_code_key UNIQUE (code)
);

CREATE INDEX coupons_newest_idx ON coupons (made_at, id);

CREATE TABLE exceptions (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	day DATE NOT NULL, 
	start_minute SMALLINT NOT NULL, 
	end_minute SMALLINT NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	label TEXT DEFAULT '' NOT NULL, 
	mode VARCHAR(32) DEFAULT '' NOT NULL, 
	place TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT exceptions_pkey PRIMARY KEY (id), 
	CONSTRAINT exceptions_minutes_check CHECK (0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440), 
	CONSTRAINT exceptions_place_check CHECK (place = '' OR mode <> ''), 
	CONSTRAINT exceptions_mode_check CHECK (mode = '' OR kind = 'extra')
);

CREATE INDEX exceptions_expert_id_day_idx ON exceptions (expert_id, day);

CREATE TABLE experts (
	id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	slug TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_folded TEXT NOT NULL, 
	sort_key TEXT NOT NULL, 
	honorific TEXT NOT NULL, 
	headline JSONB NOT NULL, 
	biography JSONB NOT NULL, 
	languages TEXT[] NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	time_zone TEXT NOT NULL, 
	experience JSONB NOT NULL, 
	education JSONB NOT NULL, 
	picture_key TEXT, 
	state VARCHAR(32) NOT NULL, 
	verified_at TIMESTAMP WITH TIME ZONE, 
	rating_sum BIGINT NOT NULL, 
	rating_count INTEGER NOT NULL, 
	version BIGINT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT experts_pkey PRIMARY KEY (id), 
	CONSTRAINT experts_person_id_key UNIQUE (person_id), 
	CONSTRAINT experts_slug_key UNIQUE (slug), 
	CONSTRAINT experts_rating_check CHECK (rating_count >= 0 AND rating_sum >= 0)
);

CREATE INDEX experts_name_folded_idx ON experts USING gin (name_folded gin_trgm_ops);

CREATE INDEX experts_picture_key_idx ON experts (picture_key) WHERE picture_key IS NOT NULL;

CREATE INDEX experts_published_id_idx ON experts (id) WHERE state = 'published';

CREATE INDEX experts_sort_key_id_idx ON experts (sort_key, id);

CREATE TABLE extension_switches (
	kind VARCHAR(32) NOT NULL, 
	key VARCHAR(64) NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	settings JSONB NOT NULL, 
	secrets JSONB NOT NULL, 
	hook_token TEXT NOT NULL, 
	failures INTEGER NOT NULL, 
	last_failure TEXT NOT NULL, 
	last_failure_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT extension_switches_pkey PRIMARY KEY (kind, key)
);

CREATE TABLE gift_rules (
	id SMALLINT NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	least_minor BIGINT NOT NULL, 
	most_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	days INTEGER NOT NULL, 
	CONSTRAINT gift_rules_pkey PRIMARY KEY (id)
);

CREATE TABLE home_blocks (
	key VARCHAR(40) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	is_shown BOOLEAN NOT NULL, 
	texts JSONB NOT NULL, 
	CONSTRAINT home_blocks_pkey PRIMARY KEY (key)
);

CREATE TABLE idempotency_keys (
	key VARCHAR(128) NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	operation VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	made_id UUID, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT idempotency_keys_pkey PRIMARY KEY (key, owner, operation)
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

CREATE TABLE invoice_buyers (
	person_id UUID NOT NULL, 
	company TEXT NOT NULL, 
	address TEXT NOT NULL, 
	tax_id TEXT NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT invoice_buyers_pkey PRIMARY KEY (person_id)
);

CREATE TABLE invoice_counters (
	kind VARCHAR(32) NOT NULL, 
	year SMALLINT NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT invoice_counters_pkey PRIMARY KEY (kind, year)
);

CREATE TABLE invoice_settings (
	id SMALLINT NOT NULL, 
	booking_paper VARCHAR(32) NOT NULL, 
	patterns JSONB NOT NULL, 
	note JSONB NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT invoice_settings_pkey PRIMARY KEY (id)
);

CREATE TABLE invoices (
	id UUID NOT NULL, 
	key VARCHAR(200) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	year SMALLINT NOT NULL, 
	serial INTEGER NOT NULL, 
	number VARCHAR(64) NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	issued_on DATE NOT NULL, 
	person_id UUID NOT NULL, 
	subject_id UUID, 
	payment_id UUID, 
	corrects_id UUID, 
	currency VARCHAR(3) NOT NULL, 
	total_minor BIGINT NOT NULL, 
	tax_minor BIGINT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	template VARCHAR(40) NOT NULL, 
	content JSONB NOT NULL, 
	sheet JSONB NOT NULL, 
	CONSTRAINT invoices_pkey PRIMARY KEY (id), 
	CONSTRAINT invoices_kind_year_serial_key UNIQUE (kind, year, serial), 
	CONSTRAINT invoices_serial_positive_check CHECK (serial > 0), 
	CONSTRAINT invoices_amounts_check CHECK (total_minor >= 0 AND tax_minor >= 0), 
	CONSTRAINT invoices_corrects_check CHECK ((kind = 'credit_note') = (corrects_id IS NOT NULL)), 
	CONSTRAINT invoices_key_key UNIQUE (key), 
	CONSTRAINT invoices_number_key UNIQUE (number), 
	CONSTRAINT invoices_corrects_id_fkey FOREIGN KEY(corrects_id) REFERENCES invoices (id)
);

CREATE INDEX invoices_corrects_idx ON invoices (corrects_id);

CREATE INDEX invoices_credited_idx ON invoices (payment_id);

CREATE INDEX invoices_newest_idx ON invoices (issued_on, id);

CREATE UNIQUE INDEX invoices_payment_idx ON invoices (payment_id) WHERE kind <> 'credit_note';

CREATE INDEX invoices_person_idx ON invoices (person_id, id);

CREATE INDEX invoices_subject_idx ON invoices (subject_id);

CREATE TABLE ledger_accounts (
	id UUID NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	owner TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id), 
	CONSTRAINT ledger_accounts_kind_owner_currency_key UNIQUE (kind, owner, currency), 
	CONSTRAINT ledger_accounts_id_currency_key UNIQUE (id, currency)
);

CREATE TABLE ledger_postings (
	id UUID NOT NULL, 
	key VARCHAR(200) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	subject_id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_id UUID, 
	detail JSONB NOT NULL, 
	CONSTRAINT ledger_postings_pkey PRIMARY KEY (id), 
	CONSTRAINT ledger_postings_key_key UNIQUE (key)
);

CREATE INDEX ledger_postings_newest_idx ON ledger_postings (at, id);

CREATE INDEX ledger_postings_subject_idx ON ledger_postings (subject_id, at);

CREATE TABLE meetings (
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	room TEXT NOT NULL, 
	provider_data JSONB NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opens_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	closes_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT meetings_pkey PRIMARY KEY (id), 
	CONSTRAINT meetings_booking_id_key UNIQUE (booking_id)
);

CREATE INDEX meetings_planned_idx ON meetings (closes_at) WHERE state = 'planned';

CREATE TABLE notice_choices (
	person_id UUID NOT NULL, 
	matter VARCHAR(32) NOT NULL, 
	channel VARCHAR(40) NOT NULL, 
	timing VARCHAR(32) NOT NULL, 
	CONSTRAINT notice_choices_pkey PRIMARY KEY (person_id, matter, channel)
);

CREATE TABLE notice_hours (
	person_id UUID NOT NULL, 
	quiet_from SMALLINT, 
	quiet_until SMALLINT, 
	digest_minute SMALLINT NOT NULL, 
	CONSTRAINT notice_hours_pkey PRIMARY KEY (person_id)
);

CREATE TABLE notices (
	id UUID NOT NULL, 
	key VARCHAR(160) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	person_id UUID NOT NULL, 
	channel VARCHAR(40) NOT NULL, 
	subject_id UUID NOT NULL, 
	detail JSONB NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	tries INTEGER NOT NULL, 
	problem TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	claimed_at TIMESTAMP WITH TIME ZONE, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	read_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT notices_pkey PRIMARY KEY (id), 
	CONSTRAINT notices_key_person_id_channel_key UNIQUE (key, person_id, channel)
);

CREATE INDEX notices_gathered_idx ON notices (person_id, channel, id) WHERE state = 'gathered';

CREATE INDEX notices_page_idx ON notices (person_id, id) WHERE channel = 'page';

CREATE INDEX notices_person_id_id_idx ON notices (person_id, id);

CREATE INDEX notices_unread_idx ON notices (person_id, subject_id) WHERE channel = 'page' AND read_at IS NULL;

CREATE TABLE organization (
	id SMALLINT NOT NULL, 
	name TEXT NOT NULL, 
	languages TEXT[] NOT NULL, 
	default_language TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	time_zone TEXT NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	mail_from TEXT NOT NULL, 
	brand JSONB NOT NULL, 
	texts JSONB NOT NULL, 
	legal JSONB NOT NULL, 
	wording JSONB NOT NULL, 
	cancellation JSONB NOT NULL, 
	tax_percent INTEGER NOT NULL, 
	tax_name JSONB NOT NULL, 
	price_display VARCHAR(32) DEFAULT 'gross' NOT NULL, 
	hold_minutes INTEGER NOT NULL, 
	answer_hours INTEGER NOT NULL, 
	rules JSONB DEFAULT '{}'::jsonb NOT NULL, 
	version BIGINT NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT organization_pkey PRIMARY KEY (id)
);

CREATE TABLE outside_spans (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	source_id UUID NOT NULL, 
	during TSTZRANGE NOT NULL, 
	closed BOOLEAN NOT NULL, 
	label TEXT NOT NULL, 
	uid TEXT NOT NULL, 
	CONSTRAINT outside_spans_pkey PRIMARY KEY (id)
);

CREATE INDEX outside_spans_expert_id_during_idx ON outside_spans USING gist (expert_id, during);

CREATE INDEX outside_spans_source_id_idx ON outside_spans (source_id);

CREATE TABLE packages (
	id UUID NOT NULL, 
	name JSONB NOT NULL, 
	sessions INTEGER NOT NULL, 
	price_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	days INTEGER NOT NULL, 
	most_minor BIGINT, 
	scope JSONB NOT NULL, 
	borne_by VARCHAR(32) NOT NULL, 
	refundable BOOLEAN NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT packages_pkey PRIMARY KEY (id), 
	CONSTRAINT packages_sessions_check CHECK (sessions BETWEEN 1 AND 1000), 
	CONSTRAINT packages_price_check CHECK (price_minor >= sessions)
);

CREATE TABLE payee_accounts (
	person_id UUID NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	account VARCHAR(80) NOT NULL, 
	can_receive BOOLEAN DEFAULT false NOT NULL, 
	can_charge BOOLEAN DEFAULT false NOT NULL, 
	can_be_paid BOOLEAN DEFAULT false NOT NULL, 
	due JSONB DEFAULT '[]'::jsonb NOT NULL, 
	obstacle VARCHAR(120) DEFAULT '' NOT NULL, 
	told_at TIMESTAMP WITH TIME ZONE, 
	opened_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT payee_accounts_pkey PRIMARY KEY (person_id, provider)
);

CREATE INDEX payee_accounts_account_idx ON payee_accounts (provider, account) WHERE account <> '';

CREATE TABLE payees (
	expert_id UUID NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	hint TEXT NOT NULL, 
	sealed TEXT NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT payees_pkey PRIMARY KEY (expert_id)
);

CREATE TABLE payment_notices (
	id UUID NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	event_id VARCHAR(255) NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	news JSONB NOT NULL, 
	verdict VARCHAR(32) NOT NULL, 
	attempt_id UUID, 
	times INTEGER NOT NULL, 
	CONSTRAINT payment_notices_pkey PRIMARY KEY (id), 
	CONSTRAINT payment_notices_provider_event_id_key UNIQUE (provider, event_id)
);

CREATE INDEX payment_notices_attempt_id_idx ON payment_notices (attempt_id);

CREATE INDEX payment_notices_received_at_idx ON payment_notices (received_at);

CREATE TABLE payout_adjustments (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	reason TEXT NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	asked_by UUID NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_by UUID, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT payout_adjustments_pkey PRIMARY KEY (id), 
	CONSTRAINT payout_adjustments_amount_not_zero_check CHECK (amount_minor <> 0)
);

CREATE INDEX payout_adjustments_expert_idx ON payout_adjustments (expert_id, asked_at, id);

CREATE INDEX payout_adjustments_waiting_idx ON payout_adjustments (asked_at, id) WHERE state = 'waiting';

CREATE TABLE payout_batches (
	id UUID NOT NULL, 
	reference VARCHAR(16) NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	total_minor BIGINT NOT NULL, 
	payouts INTEGER NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	made_by UUID, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	approved_by UUID, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT payout_batches_pkey PRIMARY KEY (id), 
	CONSTRAINT payout_batches_reference_key UNIQUE (reference)
);

CREATE INDEX payout_batches_newest_idx ON payout_batches (made_at, id);

CREATE INDEX payout_batches_state_idx ON payout_batches (state, made_at, id);

CREATE TABLE payout_rules (
	id SMALLINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	holding_days INTEGER NOT NULL, 
	minimum_minor BIGINT NOT NULL, 
	approval_above_minor BIGINT NOT NULL, 
	lock_days INTEGER NOT NULL, 
	account_holder TEXT NOT NULL, 
	account_hint TEXT NOT NULL, 
	account_sealed TEXT, 
	version BIGINT NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT payout_rules_pkey PRIMARY KEY (id)
);

CREATE TABLE people (
	id UUID NOT NULL, 
	email TEXT NOT NULL, 
	email_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	sort_key TEXT NOT NULL, 
	password_hash TEXT, 
	roles TEXT[] NOT NULL, 
	language TEXT NOT NULL, 
	time_zone TEXT NOT NULL, 
	picture_key TEXT, 
	email_verified_at TIMESTAMP WITH TIME ZONE, 
	status VARCHAR(32) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	password_changed_at TIMESTAMP WITH TIME ZONE, 
	phone TEXT, 
	words TSVECTOR DEFAULT '' NOT NULL, 
	CONSTRAINT people_pkey PRIMARY KEY (id), 
	CONSTRAINT people_email_key_key UNIQUE (email_key)
);

CREATE INDEX people_admin_idx ON people (sort_key, id) WHERE roles @> ARRAY['admin'];

CREATE INDEX people_expert_idx ON people (sort_key, id) WHERE roles @> ARRAY['expert'];

CREATE INDEX people_picture_key_idx ON people (picture_key) WHERE picture_key IS NOT NULL;

CREATE INDEX people_sort_key_idx ON people (sort_key, id);

CREATE INDEX people_support_idx ON people (sort_key, id) WHERE roles @> ARRAY['support'];

CREATE INDEX people_suspended_idx ON people (sort_key, id) WHERE status = 'suspended';

CREATE INDEX people_wordless_idx ON people (id) WHERE words = '';

CREATE INDEX people_words_idx ON people USING gin (words);

CREATE TABLE reconciliations (
	id UUID NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	day DATE NOT NULL, 
	source VARCHAR(32), 
	ran_at TIMESTAMP WITH TIME ZONE, 
	checked INTEGER NOT NULL, 
	found INTEGER NOT NULL, 
	CONSTRAINT reconciliations_pkey PRIMARY KEY (id), 
	CONSTRAINT reconciliations_provider_day_key UNIQUE (provider, day)
);

CREATE INDEX reconciliations_day_idx ON reconciliations (day, id);

CREATE TABLE reviews (
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	topic_id UUID, 
	stars INTEGER NOT NULL, 
	marks JSONB NOT NULL, 
	text TEXT NOT NULL, 
	author_label TEXT NOT NULL, 
	reply TEXT NOT NULL, 
	replied_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	edited_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT reviews_pkey PRIMARY KEY (id), 
	CONSTRAINT reviews_booking_id_key UNIQUE (booking_id), 
	CONSTRAINT reviews_stars_check CHECK (stars BETWEEN 1 AND 5)
);

CREATE INDEX reviews_expert_id_idx ON reviews (expert_id, created_at, id);

CREATE INDEX reviews_latest_idx ON reviews (created_at, id);

CREATE INDEX reviews_stars_idx ON reviews (expert_id, stars, created_at, id);

CREATE INDEX reviews_topic_id_idx ON reviews (topic_id);

CREATE INDEX reviews_unanswered_idx ON reviews (expert_id, created_at, id) WHERE reply = '';

CREATE TABLE search_cards (
	expert_id UUID NOT NULL, 
	version BIGINT NOT NULL, 
	revision BIGINT DEFAULT '0' NOT NULL, 
	listed BOOLEAN NOT NULL, 
	words TSVECTOR NOT NULL, 
	head TSVECTOR DEFAULT '' NOT NULL, 
	fuzzy TEXT NOT NULL, 
	topic_ids UUID[] NOT NULL, 
	languages TEXT[] NOT NULL, 
	country TEXT DEFAULT '' NOT NULL, 
	verified BOOLEAN NOT NULL, 
	rating DOUBLE PRECISION NOT NULL, 
	rating_count INTEGER NOT NULL, 
	stars DOUBLE PRECISION NOT NULL, 
	standing DOUBLE PRECISION NOT NULL, 
	experience_years INTEGER NOT NULL, 
	price_min BIGINT NOT NULL, 
	price_max BIGINT NOT NULL, 
	modes TEXT[] DEFAULT '{}' NOT NULL, 
	durations INTEGER[] DEFAULT '{}' NOT NULL, 
	free BIT(4608) NOT NULL, 
	next_start_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	stale_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT search_cards_pkey PRIMARY KEY (expert_id)
);

CREATE INDEX search_cards_experience_idx ON search_cards (experience_years, expert_id) WHERE listed;

CREATE INDEX search_cards_fuzzy_idx ON search_cards USING gin (fuzzy gin_trgm_ops) WHERE listed;

CREATE INDEX search_cards_names_idx ON search_cards USING gin (ts_filter(words, '{a}')) WHERE listed;

CREATE INDEX search_cards_next_idx ON search_cards (next_start_at, expert_id) WHERE listed;

CREATE INDEX search_cards_price_idx ON search_cards (price_min, expert_id) WHERE listed;

CREATE INDEX search_cards_standing_idx ON search_cards (standing, expert_id) WHERE listed;

CREATE INDEX search_cards_stars_idx ON search_cards (stars, expert_id) WHERE listed;

CREATE INDEX search_cards_topic_ids_idx ON search_cards USING gin (topic_ids) WHERE listed;

CREATE INDEX search_cards_words_idx ON search_cards USING gin (words) WHERE listed;

CREATE TABLE search_synonyms (
	id UUID NOT NULL, 
	words TEXT[] NOT NULL, 
	keys TEXT[] NOT NULL, 
	CONSTRAINT search_synonyms_pkey PRIMARY KEY (id)
);

CREATE TABLE tax_rates (
	id UUID NOT NULL, 
	name JSONB NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	rate_bp INTEGER NOT NULL, 
	CONSTRAINT tax_rates_pkey PRIMARY KEY (id), 
	CONSTRAINT tax_rates_rate_check CHECK (rate_bp BETWEEN 0 AND 10000)
);

CREATE TABLE topics (
	id UUID NOT NULL, 
	parent_id UUID, 
	slug TEXT NOT NULL, 
	names JSONB NOT NULL, 
	icon TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	aliases TEXT[] NOT NULL, 
	CONSTRAINT topics_pkey PRIMARY KEY (id), 
	CONSTRAINT topics_slug_key UNIQUE (slug), 
	CONSTRAINT topics_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES topics (id)
);

CREATE INDEX topics_parent_id_idx ON topics (parent_id);

CREATE TABLE weekly_rules (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	weekday SMALLINT NOT NULL, 
	start_minute SMALLINT NOT NULL, 
	end_minute SMALLINT NOT NULL, 
	valid_from DATE, 
	valid_until DATE, 
	mode VARCHAR(32) DEFAULT '' NOT NULL, 
	place TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT weekly_rules_pkey PRIMARY KEY (id), 
	CONSTRAINT weekly_rules_weekday_check CHECK (weekday BETWEEN 0 AND 6), 
	CONSTRAINT weekly_rules_minutes_check CHECK (0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440), 
	CONSTRAINT weekly_rules_place_check CHECK (place = '' OR mode <> '')
);

CREATE INDEX weekly_rules_expert_id_idx ON weekly_rules (expert_id);

CREATE TABLE booking_changes (
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor UUID, 
	from_state VARCHAR(32), 
	to_state VARCHAR(32) NOT NULL, 
	what VARCHAR(32) NOT NULL, 
	detail JSONB NOT NULL, 
	CONSTRAINT booking_changes_pkey PRIMARY KEY (id), 
	CONSTRAINT booking_changes_booking_id_fkey FOREIGN KEY(booking_id) REFERENCES bookings (id)
);

CREATE INDEX booking_changes_booking_id_idx ON booking_changes (booking_id);

CREATE TABLE booking_moves (
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	service_id UUID NOT NULL, 
	service_name JSONB NOT NULL, 
	place TEXT NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sequence INTEGER NOT NULL, 
	price_minor BIGINT NOT NULL, 
	old_price_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	refund_minor BIGINT NOT NULL, 
	claim_id UUID, 
	old_claim_id UUID, 
	attempt_id UUID, 
	made_by UUID NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	held_until TIMESTAMP WITH TIME ZONE, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT booking_moves_pkey PRIMARY KEY (id), 
	CONSTRAINT booking_moves_booking_id_fkey FOREIGN KEY(booking_id) REFERENCES bookings (id)
);

CREATE INDEX booking_moves_booking_id_idx ON booking_moves (booking_id);

CREATE UNIQUE INDEX booking_moves_one_open ON booking_moves (booking_id) WHERE state = 'open';

CREATE TABLE booking_proposals (
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	starts TIMESTAMP WITH TIME ZONE[] NOT NULL, 
	text TEXT NOT NULL, 
	made_by UUID NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	answer_by TIMESTAMP WITH TIME ZONE NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	chosen_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT booking_proposals_pkey PRIMARY KEY (id), 
	CONSTRAINT booking_proposals_booking_id_fkey FOREIGN KEY(booking_id) REFERENCES bookings (id)
);

CREATE INDEX booking_proposals_booking_id_idx ON booking_proposals (booking_id);

CREATE UNIQUE INDEX booking_proposals_one_open ON booking_proposals (booking_id) WHERE state = 'open';

CREATE TABLE conversation_members (
	conversation_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	read_number INTEGER NOT NULL, 
	delivered_number INTEGER NOT NULL, 
	unread INTEGER NOT NULL, 
	last_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT conversation_members_pkey PRIMARY KEY (conversation_id, person_id), 
	CONSTRAINT conversation_members_conversation_id_fkey FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX conversation_members_list_idx ON conversation_members (person_id, last_at, conversation_id);

CREATE INDEX conversation_members_unread_idx ON conversation_members (person_id) WHERE unread > 0;

CREATE TABLE coupon_uses (
	id UUID NOT NULL, 
	coupon_id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	taken_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	released_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT coupon_uses_pkey PRIMARY KEY (id), 
	CONSTRAINT coupon_uses_coupon_id_fkey FOREIGN KEY(coupon_id) REFERENCES coupons (id)
);

CREATE INDEX coupon_uses_client_idx ON coupon_uses (coupon_id, client_id);

CREATE UNIQUE INDEX coupon_uses_one_per_booking ON coupon_uses (booking_id) WHERE released_at IS NULL;

CREATE TABLE credits (
	id UUID NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	owner_id UUID, 
	buyer_id UUID, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE, 
	ends_at TIMESTAMP WITH TIME ZONE, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	days INTEGER NOT NULL, 
	attempt_id UUID, 
	paid_attempt_id UUID, 
	package_id UUID, 
	name JSONB NOT NULL, 
	sessions INTEGER, 
	most_minor BIGINT, 
	scope JSONB NOT NULL, 
	borne_by VARCHAR(32) NOT NULL, 
	refundable BOOLEAN NOT NULL, 
	code_hash VARCHAR(64), 
	code_sealed TEXT, 
	recipient TEXT NOT NULL, 
	message TEXT NOT NULL, 
	given_by UUID, 
	reason TEXT NOT NULL, 
	CONSTRAINT credits_pkey PRIMARY KEY (id), 
	CONSTRAINT credits_amount_check CHECK (amount_minor > 0), 
	CONSTRAINT credits_package_id_fkey FOREIGN KEY(package_id) REFERENCES packages (id), 
	CONSTRAINT credits_code_hash_key UNIQUE (code_hash)
);

CREATE INDEX credits_buyer_idx ON credits (buyer_id, made_at, id);

CREATE INDEX credits_newest_idx ON credits (made_at, id);

CREATE INDEX credits_owner_idx ON credits (owner_id, made_at, id);

CREATE INDEX credits_package_idx ON credits (package_id);

CREATE TABLE disputes (
	id UUID NOT NULL, 
	attempt_id UUID NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	reference VARCHAR(120) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	reason TEXT NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	told_key UUID, 
	told_by UUID, 
	told_at TIMESTAMP WITH TIME ZONE, 
	problem TEXT NOT NULL, 
	share_minor BIGINT, 
	share_back_at TIMESTAMP WITH TIME ZONE, 
	share_of_minor BIGINT, 
	share_times_told INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT disputes_pkey PRIMARY KEY (id), 
	CONSTRAINT disputes_provider_reference_key UNIQUE (provider, reference), 
	CONSTRAINT disputes_amount_positive_check CHECK (amount_minor > 0), 
	CONSTRAINT disputes_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id)
);

CREATE INDEX disputes_attempt_id_idx ON disputes (attempt_id);

CREATE INDEX disputes_newest_idx ON disputes (opened_at, id);

CREATE INDEX disputes_state_idx ON disputes (state, opened_at, id);

CREATE TABLE expert_topics (
	expert_id UUID NOT NULL, 
	topic_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT expert_topics_pkey PRIMARY KEY (expert_id, topic_id), 
	CONSTRAINT expert_topics_expert_id_fkey FOREIGN KEY(expert_id) REFERENCES experts (id), 
	CONSTRAINT expert_topics_topic_id_fkey FOREIGN KEY(topic_id) REFERENCES topics (id)
);

CREATE INDEX expert_topics_topic_id_idx ON expert_topics (topic_id);

CREATE TABLE ledger_snapshots (
	account_id UUID NOT NULL, 
	through TIMESTAMP WITH TIME ZONE NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	debit_minor BIGINT NOT NULL, 
	credit_minor BIGINT NOT NULL, 
	CONSTRAINT ledger_snapshots_pkey PRIMARY KEY (account_id, through), 
	CONSTRAINT ledger_snapshots_account_id_fkey FOREIGN KEY(account_id) REFERENCES ledger_accounts (id)
);

CREATE TABLE ledger_transfers (
	posting_id UUID NOT NULL, 
	number SMALLINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	debit_id UUID NOT NULL, 
	credit_id UUID NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	CONSTRAINT ledger_transfers_pkey PRIMARY KEY (posting_id, number), 
	CONSTRAINT ledger_transfers_debit_fkey FOREIGN KEY(debit_id, currency) REFERENCES ledger_accounts (id, currency), 
	CONSTRAINT ledger_transfers_credit_fkey FOREIGN KEY(credit_id, currency) REFERENCES ledger_accounts (id, currency), 
	CONSTRAINT ledger_transfers_amount_positive_check CHECK (amount_minor > 0), 
	CONSTRAINT ledger_transfers_two_sides_check CHECK (debit_id <> credit_id), 
	CONSTRAINT ledger_transfers_posting_id_fkey FOREIGN KEY(posting_id) REFERENCES ledger_postings (id)
);

CREATE INDEX ledger_transfers_credit_idx ON ledger_transfers (credit_id, at) INCLUDE (amount_minor);

CREATE INDEX ledger_transfers_debit_idx ON ledger_transfers (debit_id, at) INCLUDE (amount_minor);

CREATE TABLE meeting_joins (
	id UUID NOT NULL, 
	meeting_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT meeting_joins_pkey PRIMARY KEY (id), 
	CONSTRAINT meeting_joins_meeting_id_fkey FOREIGN KEY(meeting_id) REFERENCES meetings (id)
);

CREATE INDEX meeting_joins_meeting_id_idx ON meeting_joins (meeting_id);

CREATE TABLE messages (
	id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	sender_id UUID, 
	sending_id UUID NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	text TEXT NOT NULL, 
	words TSVECTOR NOT NULL, 
	detail JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT messages_pkey PRIMARY KEY (id), 
	CONSTRAINT messages_number_key UNIQUE (conversation_id, number), 
	CONSTRAINT messages_sending_key UNIQUE (conversation_id, sending_id), 
	CONSTRAINT messages_conversation_id_fkey FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX messages_words_idx ON messages USING gin (words);

CREATE TABLE one_time_tokens (
	id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	purpose VARCHAR(32) NOT NULL, 
	digest BYTEA NOT NULL, 
	sealed TEXT, 
	email_key TEXT NOT NULL, 
	email TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id), 
	CONSTRAINT one_time_tokens_person_id_fkey FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE, 
	CONSTRAINT one_time_tokens_digest_key UNIQUE (digest)
);

CREATE INDEX one_time_tokens_ends_at_idx ON one_time_tokens (ends_at);

CREATE INDEX one_time_tokens_person_id_idx ON one_time_tokens (person_id);

CREATE TABLE payouts (
	id UUID NOT NULL, 
	batch_id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	hint TEXT NOT NULL, 
	sealed TEXT NOT NULL, 
	ordered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	paid_at TIMESTAMP WITH TIME ZONE, 
	returned_at TIMESTAMP WITH TIME ZONE, 
	reason TEXT NOT NULL, 
	provider_reference TEXT NOT NULL, 
	asked_step INTEGER NOT NULL, 
	times_sent INTEGER NOT NULL, 
	recalled_by UUID, 
	CONSTRAINT payouts_pkey PRIMARY KEY (id), 
	CONSTRAINT payouts_batch_id_expert_id_key UNIQUE (batch_id, expert_id), 
	CONSTRAINT payouts_amount_positive_check CHECK (amount_minor > 0), 
	CONSTRAINT payouts_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES payout_batches (id)
);

CREATE INDEX payouts_expert_idx ON payouts (expert_id, ordered_at, id);

CREATE INDEX payouts_open_idx ON payouts (expert_id) WHERE state IN ('ordered', 'sent');

CREATE TABLE refunds (
	id UUID NOT NULL, 
	attempt_id UUID NOT NULL, 
	key VARCHAR(160) NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	reason TEXT NOT NULL, 
	asked_by UUID, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	state VARCHAR(32) NOT NULL, 
	refusal TEXT NOT NULL, 
	provider_reference TEXT NOT NULL, 
	asked_step INTEGER NOT NULL, 
	times_sent INTEGER DEFAULT '0' NOT NULL, 
	borne_by VARCHAR(32) DEFAULT 'shared' NOT NULL, 
	share_minor BIGINT, 
	CONSTRAINT refunds_pkey PRIMARY KEY (id), 
	CONSTRAINT refunds_attempt_id_key_key UNIQUE (attempt_id, key), 
	CONSTRAINT refunds_amount_positive_check CHECK (amount_minor > 0), 
	CONSTRAINT refunds_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id)
);

CREATE INDEX refunds_newest_idx ON refunds (asked_at, id);

CREATE INDEX refunds_refused_idx ON refunds (id) WHERE state = 'refused';

CREATE INDEX refunds_returned_idx ON refunds (settled_at) WHERE state = 'done';

CREATE INDEX refunds_state_idx ON refunds (state, asked_at, id);

CREATE TABLE saved_experts (
	id UUID NOT NULL, 
	person_id UUID, 
	session_id UUID, 
	expert_id UUID NOT NULL, 
	saved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT saved_experts_pkey PRIMARY KEY (id), 
	CONSTRAINT saved_experts_one_owner_check CHECK (num_nonnulls(person_id, session_id) = 1), 
	CONSTRAINT saved_experts_expert_id_fkey FOREIGN KEY(expert_id) REFERENCES experts (id)
);

CREATE UNIQUE INDEX saved_experts_person_id_key ON saved_experts (person_id, expert_id) WHERE person_id IS NOT NULL;

CREATE INDEX saved_experts_saved_at_idx ON saved_experts (saved_at) WHERE session_id IS NOT NULL;

CREATE UNIQUE INDEX saved_experts_session_id_key ON saved_experts (session_id, expert_id) WHERE session_id IS NOT NULL;

CREATE TABLE search_offers (
	service_id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	names JSONB NOT NULL, 
	words TSVECTOR NOT NULL, 
	minutes INTEGER NOT NULL, 
	mode TEXT DEFAULT '' NOT NULL, 
	price_minor BIGINT NOT NULL, 
	free BIT(4608) NOT NULL, 
	step INTEGER DEFAULT '60' NOT NULL, 
	runs_since INTEGER[] DEFAULT '{}' NOT NULL, 
	runs_until INTEGER[] DEFAULT '{}' NOT NULL, 
	next_start_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT search_offers_pkey PRIMARY KEY (service_id), 
	CONSTRAINT search_offers_expert_id_fkey FOREIGN KEY(expert_id) REFERENCES search_cards (expert_id)
);

CREATE INDEX search_offers_expert_id_idx ON search_offers (expert_id);

CREATE INDEX search_offers_words_idx ON search_offers USING gin (words);

CREATE TABLE service_taxes (
	service_id UUID NOT NULL, 
	rate_id UUID NOT NULL, 
	CONSTRAINT service_taxes_pkey PRIMARY KEY (service_id), 
	CONSTRAINT service_taxes_rate_id_fkey FOREIGN KEY(rate_id) REFERENCES tax_rates (id)
);

CREATE INDEX service_taxes_rate_id_idx ON service_taxes (rate_id);

CREATE TABLE services (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	names JSONB NOT NULL, 
	description JSONB NOT NULL, 
	minutes INTEGER NOT NULL, 
	price_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	buffer_before_minutes INTEGER NOT NULL, 
	buffer_after_minutes INTEGER NOT NULL, 
	needs_acceptance BOOLEAN NOT NULL, 
	notice_minutes INTEGER NOT NULL, 
	window_days INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	mode VARCHAR(32) DEFAULT 'video' NOT NULL, 
	place TEXT DEFAULT '' NOT NULL, 
	policy VARCHAR(40) DEFAULT '' NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT services_pkey PRIMARY KEY (id), 
	CONSTRAINT services_sane_check CHECK (minutes > 0 AND price_minor >= 0), 
	CONSTRAINT services_expert_id_fkey FOREIGN KEY(expert_id) REFERENCES experts (id)
);

CREATE INDEX services_expert_id_idx ON services (expert_id);

CREATE TABLE sessions (
	id UUID NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	token_digest BYTEA, 
	person_id UUID, 
	language TEXT NOT NULL, 
	time_zone TEXT NOT NULL, 
	user_agent TEXT NOT NULL, 
	ip TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	signed_in_at TIMESTAMP WITH TIME ZONE, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	end_reason VARCHAR(32), 
	CONSTRAINT sessions_pkey PRIMARY KEY (id), 
	CONSTRAINT sessions_token_digest_key UNIQUE (token_digest), 
	CONSTRAINT sessions_person_id_fkey FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE
);

CREATE INDEX sessions_ended_at_idx ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX sessions_ends_at_idx ON sessions (ends_at);

CREATE INDEX sessions_person_id_idx ON sessions (person_id);

CREATE TABLE verifications (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	submitted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by UUID, 
	reason TEXT NOT NULL, 
	missing TEXT[] NOT NULL, 
	CONSTRAINT verifications_pkey PRIMARY KEY (id), 
	CONSTRAINT verifications_expert_id_fkey FOREIGN KEY(expert_id) REFERENCES experts (id)
);

CREATE INDEX verifications_expert_id_idx ON verifications (expert_id, submitted_at);

CREATE UNIQUE INDEX verifications_open_key ON verifications (expert_id) WHERE state IN ('submitted', 'more_asked');

CREATE INDEX verifications_queue_idx ON verifications (state, submitted_at, id);

CREATE INDEX verifications_submitted_at_id_idx ON verifications (submitted_at, id);

CREATE TABLE dispute_papers (
	dispute_id UUID NOT NULL, 
	field VARCHAR(60) NOT NULL, 
	text TEXT NOT NULL, 
	file_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	content_type TEXT NOT NULL, 
	kept_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT dispute_papers_pkey PRIMARY KEY (dispute_id, field), 
	CONSTRAINT dispute_papers_dispute_id_fkey FOREIGN KEY(dispute_id) REFERENCES disputes (id)
);

CREATE TABLE message_files (
	id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	message_id UUID, 
	person_id UUID NOT NULL, 
	key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	content_type TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT message_files_pkey PRIMARY KEY (id), 
	CONSTRAINT message_files_conversation_id_fkey FOREIGN KEY(conversation_id) REFERENCES conversations (id), 
	CONSTRAINT message_files_message_id_fkey FOREIGN KEY(message_id) REFERENCES messages (id)
);

CREATE INDEX message_files_list_idx ON message_files (conversation_id, id);

CREATE INDEX message_files_message_id_idx ON message_files (message_id);

CREATE TABLE payment_changes (
	id UUID NOT NULL, 
	attempt_id UUID NOT NULL, 
	refund_id UUID, 
	dispute_id UUID, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	from_state VARCHAR(32) NOT NULL, 
	to_state VARCHAR(32) NOT NULL, 
	cause VARCHAR(32) NOT NULL, 
	actor_id UUID, 
	evidence JSONB NOT NULL, 
	CONSTRAINT payment_changes_pkey PRIMARY KEY (id), 
	CONSTRAINT payment_changes_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id), 
	CONSTRAINT payment_changes_refund_id_fkey FOREIGN KEY(refund_id) REFERENCES refunds (id), 
	CONSTRAINT payment_changes_dispute_id_fkey FOREIGN KEY(dispute_id) REFERENCES disputes (id)
);

CREATE INDEX payment_changes_attempt_id_idx ON payment_changes (attempt_id);

CREATE INDEX payment_changes_dispute_id_idx ON payment_changes (dispute_id);

CREATE INDEX payment_changes_refund_id_idx ON payment_changes (refund_id);

CREATE TABLE payment_differences (
	id UUID NOT NULL, 
	provider VARCHAR(40) NOT NULL, 
	day DATE NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	reference VARCHAR(160) NOT NULL, 
	provider_reference TEXT NOT NULL, 
	attempt_id UUID, 
	refund_id UUID, 
	is_refund BOOLEAN NOT NULL, 
	ours_minor BIGINT, 
	theirs_minor BIGINT, 
	currency VARCHAR(3) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	found_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	settled_by UUID, 
	repair VARCHAR(16) DEFAULT '' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT payment_differences_pkey PRIMARY KEY (id), 
	CONSTRAINT payment_differences_provider_kind_reference_key UNIQUE (provider, kind, reference), 
	CONSTRAINT payment_differences_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id), 
	CONSTRAINT payment_differences_refund_id_fkey FOREIGN KEY(refund_id) REFERENCES refunds (id)
);

CREATE INDEX payment_differences_attempt_id_idx ON payment_differences (attempt_id);

CREATE INDEX payment_differences_newest_idx ON payment_differences (found_at, id);

CREATE INDEX payment_differences_open_idx ON payment_differences (id) WHERE state = 'open';

CREATE TABLE refresh_tokens (
	id UUID NOT NULL, 
	session_id UUID NOT NULL, 
	digest BYTEA NOT NULL, 
	previous_id UUID, 
	successor TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id), 
	CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE, 
	CONSTRAINT refresh_tokens_digest_key UNIQUE (digest)
);

CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

CREATE TABLE refund_requests (
	id UUID NOT NULL, 
	attempt_id UUID NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	reason TEXT NOT NULL, 
	borne_by VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	asked_by UUID NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_by UUID, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	answer TEXT NOT NULL, 
	refund_id UUID, 
	CONSTRAINT refund_requests_pkey PRIMARY KEY (id), 
	CONSTRAINT refund_requests_amount_positive_check CHECK (amount_minor > 0), 
	CONSTRAINT refund_requests_four_eyes_check CHECK (decided_by <> asked_by OR state <> 'approved'), 
	CONSTRAINT refund_requests_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id), 
	CONSTRAINT refund_requests_refund_id_fkey FOREIGN KEY(refund_id) REFERENCES refunds (id)
);

CREATE INDEX refund_requests_attempt_id_idx ON refund_requests (attempt_id);

CREATE INDEX refund_requests_newest_idx ON refund_requests (asked_at, id);

CREATE UNIQUE INDEX refund_requests_one_waiting ON refund_requests (attempt_id) WHERE state = 'waiting';

CREATE INDEX refund_requests_state_idx ON refund_requests (state, asked_at, id);

CREATE TABLE verification_documents (
	id UUID NOT NULL, 
	expert_id UUID NOT NULL, 
	verification_id UUID, 
	kind VARCHAR(32) NOT NULL, 
	file_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	content_type TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT verification_documents_pkey PRIMARY KEY (id), 
	CONSTRAINT verification_documents_expert_id_fkey FOREIGN KEY(expert_id) REFERENCES experts (id), 
	CONSTRAINT verification_documents_verification_id_fkey FOREIGN KEY(verification_id) REFERENCES verifications (id)
);

CREATE INDEX verification_documents_expert_id_idx ON verification_documents (expert_id);

CREATE INDEX verification_documents_verification_id_idx ON verification_documents (verification_id);

CREATE TABLE verification_steps (
	id UUID NOT NULL, 
	verification_id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_id UUID, 
	step TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	missing TEXT[] NOT NULL, 
	document_id UUID, 
	CONSTRAINT verification_steps_pkey PRIMARY KEY (id), 
	CONSTRAINT verification_steps_verification_id_fkey FOREIGN KEY(verification_id) REFERENCES verifications (id)
);

CREATE INDEX verification_steps_idx ON verification_steps (verification_id, at);
