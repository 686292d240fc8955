"""What pages show, put together from several rooms: plain frozen data, no HTML, no Flask."""
