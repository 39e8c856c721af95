/** Given on the command line, not in postgresql.conf, so that an old data folder gets today's settings. */
export function serverSettings(fast: boolean): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    // A socket file would be limited to a path of about 100 characters; TCP is not.
    unix_socket_directories: '',
    max_connections: fast ? 200 : 100,
    shared_buffers: '256MB',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    log_checkpoints: 'off',
    ...(fast ? fastSettings : {}),
  };
}

// A test database that did not survive a power cut is simply made again.
const fastSettings = {
  shared_buffers: '128MB',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '512MB',
};

/** Nothing of the caller's environment: PGPORT, PGDATA or an unknown LC_ALL would get in the way. */
export const serverEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' };
