{{- define "cilis.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "cilis.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "cilis.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "cilis.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cilis.selector" -}}
app.kubernetes.io/name: {{ include "cilis.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cilis.labels" -}}
{{ include "cilis.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "cilis.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository: build the image from the Dockerfile and name it here" $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "cilis.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "cilis.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "cilis.fromSecret" -}}
valueFrom: {secretKeyRef: {name: {{ .secret | quote }}, key: {{ .key | quote }}}}
{{- end -}}

{{/* Environment of a process. Takes (dict "root" $ "owner" bool "files" bool): the owner's address and the keys of the storage only where they are needed. */}}
{{- define "cilis.env" -}}
{{- $v := .root.Values -}}
- name: CILIS_DATABASE_URL
  {{- include "cilis.fromSecret" (dict "secret" (required "postgresql.existingSecret is needed" $v.postgresql.existingSecret) "key" $v.postgresql.urlKey) | nindent 2 }}
{{- if .owner }}
- name: CILIS_DATABASE_OWNER_URL
  {{- include "cilis.fromSecret" (dict "secret" $v.postgresql.existingSecret "key" $v.postgresql.ownerUrlKey) | nindent 2 }}
{{- end }}
- name: CILIS_REDIS_URL
  {{- include "cilis.fromSecret" (dict "secret" (required "redis.existingSecret is needed" $v.redis.existingSecret) "key" $v.redis.urlKey) | nindent 2 }}
- name: CILIS_SECRET_KEYS
  {{- include "cilis.fromSecret" (dict "secret" (required "secretKeys.existingSecret is needed" $v.secretKeys.existingSecret) "key" $v.secretKeys.key) | nindent 2 }}
{{- if $v.elasticsearch.existingSecret }}
- name: CILIS_ELASTICSEARCH_URL
  {{- include "cilis.fromSecret" (dict "secret" $v.elasticsearch.existingSecret "key" $v.elasticsearch.urlKey) | nindent 2 }}
{{- end }}
{{- if and .files $v.files.s3.bucket $v.files.s3.existingSecret }}
- name: CILIS_S3_ACCESS_KEY
  {{- include "cilis.fromSecret" (dict "secret" $v.files.s3.existingSecret "key" $v.files.s3.accessKeyKey) | nindent 2 }}
- name: CILIS_S3_SECRET_KEY
  {{- include "cilis.fromSecret" (dict "secret" $v.files.s3.existingSecret "key" $v.files.s3.secretKeyKey) | nindent 2 }}
{{- end }}
{{- with $v.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A pod of one process kind. Takes (dict "root" $ "kind" "web" "args" (list …) "owner" bool "probes" text "port" number "files" bool). */}}
{{- define "cilis.pod" -}}
{{- $v := .root.Values -}}
{{- $own := index $v .kind -}}
metadata:
  labels:
    {{- include "cilis.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .kind }}
    {{- with $v.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/settings: {{ include (print .root.Template.BasePath "/settings.yaml") .root | sha256sum }}
    {{- with $v.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "cilis.serviceAccount" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $own.graceSeconds }}
  {{- with $v.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $v.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{- toYaml $v.podSecurityContext | nindent 4 }}
  {{- with $own.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "cilis.selector" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .kind }}
  containers:
    - name: {{ .kind }}
      image: {{ include "cilis.image" .root | quote }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args: {{- toYaml .args | nindent 8 }}
      envFrom:
        - configMapRef: {name: {{ include "cilis.fullname" .root }}}
      env: {{- include "cilis.env" (dict "root" .root "owner" .owner "files" .files) | nindent 8 }}
      {{- with .port }}
      ports:
        - {name: http, containerPort: {{ . }}, protocol: TCP}
      {{- end }}
      {{- .probes | nindent 6 }}
      resources: {{- toYaml $own.resources | nindent 8 }}
      securityContext: {{- toYaml $v.containerSecurityContext | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- if and .files (not $v.files.s3.bucket) }}
        - {name: files, mountPath: /data}
        {{- end }}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 1Gi}}
    {{- if and .files (not $v.files.s3.bucket) }}
    - name: files
      persistentVolumeClaim:
        claimName: {{ $v.files.volume.existingClaim | default (printf "%s-files" (include "cilis.fullname" .root)) }}
    {{- end }}
{{- end -}}

{{/* A process without a port says that it lives by touching a file (CILIS_HEARTBEAT_FILE). */}}
{{- define "cilis.heartbeat" -}}
startupProbe:
  exec: {command: [test, -e, /tmp/alive]}
  periodSeconds: 3
  failureThreshold: 40
livenessProbe:
  exec:
    command: [sh, -c, 'test $(( $(date +%s) - $(stat -c %Y /tmp/alive) )) -lt 90']
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{/* A process with a port: it lives while it answers, and is ready while its database does. */}}
{{- define "cilis.answers" -}}
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 3
  failureThreshold: 40
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: 3
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
lifecycle:
  # The ingress goes on sending for a moment after the pod was taken off its list.
  preStop: {exec: {command: [sleep, "5"]}}
{{- end -}}
