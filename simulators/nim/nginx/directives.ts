/**
 * What the simulator knows of nginx's directives: which of them name files, sockets or programs. Whatever is not in here
 * does not run: nginx gets it under a name that it does not know either, and says so in its own words. So what a module of
 * this machine's nginx may read, write or execute is nobody's concern, and an instance knows what nginx.org's package does.
 */
export type Kind =
  /** Only for the one nginx of a machine, or a program to load into it: left out. */
  | "dropped"
  /** A folder that requests are answered from. */
  | "root"
  /** The first argument is a file to read. */
  | "read"
  /** The first argument is a log: a file, or one of the places that are none. */
  | "log"
  /** The first argument is a file or folder to write; `on` and `off` are none. */
  | "write"
  /** Where requests are passed on to: a URL or an address, with or without variables. */
  | "pass"
  /** A setting of OpenSSL's by name. */
  | "openssl"
  /** A condition, which may ask for a file. */
  | "condition"
  | "include"
  | "module"
  | "listen"
  /** Takes no file; what looks like a path is a URI, an expression or a text. */
  | "plain";

const words = (text: string) => text.trim().split(/\s+/);
const each = (prefixes: string, names: string) =>
  words(prefixes).flatMap((prefix) => words(names).map((name) => `${prefix}_${name}`));

/** Modules that pass requests on. Not every one has every setting; nginx tells. */
const passing = "proxy fastcgi uwsgi scgi grpc memcached";

const kinds: Record<Kind, string[]> = {
  // A lock, an engine or a profile is a file; an environment is for programs that are not run here.
  dropped: words(`
    user pid daemon master_process lock_file working_directory worker_cpu_affinity worker_priority worker_rlimit_core
    worker_rlimit_nofile worker_rlimit_sigpending env debug_points ssl_engine google_perftools_profiles`),
  root: ["root", "alias"],
  read: [
    ...words(
      "auth_basic_user_file geoip_country geoip_city geoip_org ssl_dhparam ssl_session_ticket_key ssl_stapling_file",
    ),
    ...words(
      "ssl_client_certificate ssl_certificate ssl_certificate_key ssl_trusted_certificate ssl_crl ssl_password_file",
    ),
    ...words("ssl_ech_file"),
    ...each(passing, "ssl_certificate ssl_certificate_key ssl_trusted_certificate ssl_crl ssl_password_file"),
  ],
  log: ["access_log", "error_log"],
  write: [...each(passing, "temp_path cache_path store ssl_key_log"), ...words("client_body_temp_path ssl_key_log")],
  pass: [...each(passing, "pass"), "pass"],
  openssl: ["ssl_conf_command", ...each(passing, "ssl_conf_command")],
  condition: ["if"],
  include: ["include"],
  module: ["load_module"],
  listen: ["listen"],
  plain: [
    ...words(`
      accept_mutex accept_mutex_delay debug_connection epoll_events events http mail multi_accept pcre_jit stream thread_pool
      timer_resolution use worker_aio_requests worker_connections worker_processes worker_shutdown_timeout

      absolute_redirect aio aio_write auth_delay chunked_transfer_encoding client_body_buffer_size client_body_in_file_only
      client_body_in_single_buffer client_body_timeout client_header_buffer_size client_header_timeout client_max_body_size
      connection_pool_size default_type directio directio_alignment disable_symlinks early_hints error_page etag
      if_modified_since ignore_invalid_headers internal keepalive_disable keepalive_min_timeout keepalive_requests
      keepalive_time keepalive_timeout large_client_header_buffers limit_except limit_rate limit_rate_after lingering_close
      lingering_time lingering_timeout location log_not_found log_subrequest max_headers max_ranges merge_slashes
      msie_padding msie_refresh open_file_cache open_file_cache_errors open_file_cache_events open_file_cache_min_uses
      open_file_cache_valid output_buffers port_in_redirect post_action postpone_output read_ahead recursive_error_pages
      request_pool_size reset_timedout_connection resolver resolver_timeout satisfy send_lowat send_timeout sendfile
      sendfile_max_chunk server server_name server_name_in_redirect server_names_hash_bucket_size
      server_names_hash_max_size server_tokens subrequest_output_buffer_size tcp_nodelay tcp_nopush try_files types
      types_hash_bucket_size types_hash_max_size underscores_in_headers variables_hash_bucket_size variables_hash_max_size

      add_after_body add_before_body add_header add_header_inherit add_trailer add_trailer_inherit addition_types allow
      ancient_browser ancient_browser_value auth_basic auth_request auth_request_set autoindex autoindex_exact_size
      autoindex_format autoindex_localtime break charset charset_map charset_types create_full_put_path dav_access
      dav_methods deny empty_gif expires flv geo geoip_proxy geoip_proxy_recursive gunzip gunzip_buffers gzip gzip_buffers
      gzip_comp_level gzip_disable gzip_hash gzip_http_version gzip_min_length gzip_no_buffer gzip_proxied gzip_static
      gzip_types gzip_vary gzip_window image_filter image_filter_buffer image_filter_interlace image_filter_jpeg_quality
      image_filter_sharpen image_filter_transparency image_filter_webp_quality index limit_conn limit_conn_dry_run
      limit_conn_log_level limit_conn_status limit_conn_zone limit_req limit_req_dry_run limit_req_log_level
      limit_req_status limit_req_zone log_format map map_hash_bucket_size map_hash_max_size min_delete_depth mirror
      mirror_request_body modern_browser modern_browser_value mp4 mp4_buffer_size mp4_max_buffer_size mp4_start_key_frame
      open_log_file_cache override_charset postpone_gzipping random_index real_ip_header real_ip_recursive
      referer_hash_bucket_size referer_hash_max_size return rewrite rewrite_log secure_link secure_link_md5
      secure_link_secret set set_real_ip_from slice source_charset split_clients ssi ssi_ignore_recycled_buffers
      ssi_last_modified ssi_min_file_chunk ssi_silent_errors ssi_types ssi_value_length stub_status sub_filter
      sub_filter_last_modified sub_filter_once sub_filter_types uninitialized_variable_warn userid userid_domain
      userid_expires userid_flags userid_mark userid_name userid_p3p userid_path userid_service valid_referers

      http2 http2_body_preread_size http2_chunk_size http2_idle_timeout http2_max_concurrent_pushes
      http2_max_concurrent_streams http2_max_field_size http2_max_header_size http2_max_requests http2_pool_size http2_push
      http2_push_preload http2_recv_buffer_size http2_recv_timeout http2_streams_index_size http3 http3_hq
      http3_max_concurrent_streams http3_stream_buffer_size quic_active_connection_id_limit quic_bpf quic_gso
      quic_retry

      hash ip_hash keepalive least_conn random upstream zone

      ssl ssl_alpn ssl_buffer_size ssl_certificate_cache ssl_certificate_compression ssl_ciphers ssl_early_data
      ssl_ecdh_curve ssl_handshake_timeout ssl_object_cache_inheritable ssl_ocsp ssl_ocsp_cache ssl_ocsp_responder
      ssl_prefer_server_ciphers ssl_preread ssl_protocols ssl_reject_handshake ssl_session_cache ssl_session_tickets
      ssl_session_timeout ssl_stapling ssl_stapling_responder ssl_stapling_verify ssl_verify_client ssl_verify_depth

      preread_buffer_size preread_timeout proxy_download_rate proxy_half_close proxy_protocol proxy_protocol_timeout
      proxy_requests proxy_responses proxy_timeout proxy_upload_rate proxy_buffer proxy_downstream_buffer
      proxy_upstream_buffer uwsgi_string

      auth_http auth_http_header auth_http_pass_client_cert auth_http_timeout imap_auth imap_capabilities
      imap_client_buffer max_errors pop3_auth pop3_capabilities protocol proxy_pass_error_message proxy_smtp_auth smtp_auth
      smtp_capabilities smtp_client_buffer smtp_greeting_delay starttls timeout xclient`),
    ...each(
      passing,
      `allow_upstream bind buffer_size buffering buffers busy_buffers_size cache cache_background_update cache_bypass
      cache_convert_head cache_key cache_lock cache_lock_age cache_lock_timeout cache_max_range_offset cache_methods
      cache_min_uses cache_revalidate cache_use_stale cache_valid catch_stderr connect_timeout cookie_domain cookie_flags
      cookie_path force_ranges gzip_flag headers_hash_bucket_size headers_hash_max_size hide_header http_version
      ignore_client_abort ignore_headers index intercept_errors keep_conn limit_rate max_temp_file_size method modifier1
      modifier2 next_upstream next_upstream_timeout next_upstream_tries no_cache param pass_header pass_request_body
      pass_request_headers pass_trailers read_timeout redirect request_buffering send_lowat send_timeout set_body
      set_header socket_keepalive split_path_info ssl ssl_certificate_cache ssl_ciphers ssl_name ssl_protocols
      ssl_server_name ssl_session_reuse ssl_verify ssl_verify_depth store_access temp_file_write_size`,
    ),
  ],
};

const byName = new Map<string, Kind>(
  Object.entries(kinds).flatMap(([kind, names]) => names.map((name): [string, Kind] => [name, kind as Kind])),
);

/** Undefined for what does not run here. */
export const kindOf = (name: string): Kind | undefined => byName.get(name);

/** In these blocks a word at the start of a line is somebody's key, unless it is `include`. */
export const holdsData = (block: string | undefined): boolean =>
  /^(map|geo|types|split_clients|charset_map)$/.test(block ?? "");

/** Dynamic modules of nginx's own that run no program and read no file but those that their directives name. */
export const modules: ReadonlySet<string> = new Set([
  "ngx_stream_module.so",
  "ngx_mail_module.so",
  "ngx_http_geoip_module.so",
  "ngx_stream_geoip_module.so",
  "ngx_http_image_filter_module.so",
]);

/** Settings of OpenSSL's that take a file, a folder or a store; upper and lower case are one to it. */
export const isOpensslFile = (setting: string): boolean =>
  /file|path|store|certificate|privatekey|dhparam/i.test(setting);
