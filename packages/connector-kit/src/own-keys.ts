import { z } from 'zod'

/**
 * Config keys that Leat had to add, because the public surface has none. They are listed here and nowhere else;
 * the schemas of the connectors take them from this table and the configuration reference marks them as ours.
 */
export const ownSourceKeys = {
  'schema.drift.policy': z
    .enum(['evolve', 'quarantine', 'stop'])
    .default('evolve')
    .meta({
      title: 'When records stop fitting the schema',
      description:
        'evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. ' +
        'stop: the source stops with a message, and nothing of the file is committed',
    }),
  stable_after_ms: z.int().min(0).optional().meta({
    title: 'Wait until a file rests (ms)',
    description:
      'A file is read only when its last change is at least this long ago, so that one that is still being written is not half read',
  }),
} as const

/** Where an S3-compatible service is that is not Amazon's. Part of a credential, and accepted in a config as well. */
export const ownS3Keys = {
  endpoint: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:9000' })
    .optional()
    .meta({
      title: 'Endpoint',
      description: 'URL of an S3-compatible service, with protocol and port; absent for Amazon S3',
    }),
  path_style: z.boolean().optional().meta({
    title: 'Path-style addresses',
    description: 'Put the bucket in the path of the URL instead of the host name; true unless the endpoint is Amazon’s',
  }),
} as const

/** How the connection of a database is made, where the public surface has no key for it. */
export const ownDatabaseKeys = {
  ssl_mode: z
    .enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])
    .optional()
    .meta({
      title: 'TLS',
      description:
        'disable: never. prefer (default): when the server offers it. require: always, without checking who the server is. ' +
        'verify-ca, verify-full: always, with a certificate of ssl_root_cert or a public authority; verify-full also for the host name',
    }),
  ssl_root_cert: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Certificate authority', description: 'PEM text of the certificates to trust' }),
  ssl_cert: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Client certificate', description: 'PEM text, for servers that ask for one' }),
  ssl_key: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Client key', description: 'PEM text of its private key', secret: true }),
} as const

/** How to log in at the bastion of an SSH tunnel: the public keys name only its place and user. */
export const ownTunnelKeys = {
  'tunnel.bastion.private_key': z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Private key for the bastion', description: 'PEM or OpenSSH text', secret: true }),
  'tunnel.bastion.private_key_passphrase': z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Passphrase', description: 'Of the private key', secret: true }),
  'tunnel.bastion.password': z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Password at the bastion', description: 'Instead of a private key', secret: true }),
  'tunnel.bastion.host_key': z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'expected a fingerprint such as SHA256:… as ssh-keygen -lf prints it')
    .optional()
    .meta({
      title: 'Host key of the bastion',
      description: 'SHA256 fingerprint; when given, a bastion with another key is refused',
    }),
} as const

/** Options of database sources and destinations beyond the public ones. */
export const ownSqlSourceKeys = {
  incremental_overlap_ms: z.int().min(0).optional().meta({
    title: 'Overlap (ms)',
    description:
      'Incremental by timestamp: each read looks back this far for rows that came late with an older time, and leaves out those that it has read (default 600000 where the database does not tell which transactions are open, else 0)',
  }),
  incremental_overlap_ids: z.int().min(0).optional().meta({
    title: 'Overlap (ids)',
    description:
      'Incremental by id: the same over so many ids (default 1000 where the database does not tell which transactions are open, else 0)',
  }),
} as const
export const ownSqlSinkKeys = {
  create_destination: z.boolean().optional().meta({
    title: 'Create the table',
    description: 'Create the table when it does not exist; the top-level create_destination of a sink sets it',
  }),
} as const

/** How a rest source asks. */
export const ownRestSourceKeys = {
  first_success_at: z.iso
    .datetime({ offset: true, error: 'expected a time such as 2026-01-31T00:00:00Z' })
    .default('1970-01-01T00:00:00Z')
    .meta({
      title: 'First success',
      description: 'Value of ${LAST_SUCCESS_AT} until a run has succeeded; ISO 8601',
    }),
  requests_per_second: z.number().positive().optional().meta({
    title: 'Requests per second',
    description: 'Most requests in a second with this credential, over all workers; absent: as the service allows',
  }),
  max_pages: z.int().min(1).optional().meta({
    title: 'Most pages',
    description: 'A chain of pages that is longer ends with an error; absent: no limit',
  }),
} as const

/** A step of `rest.iterations`. */
export const ownRestStepKeys = {
  map_rows: z
    .array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
    .min(1)
    .optional()
    .meta({
      title: 'Rows of the key queue',
      description:
        'data.map.key.queue: the rows themselves, in the place of a lookup; {column} stands for a value of the row',
    }),
} as const

/** A rest source that stays open (`ingest_method` STREAMING). */
export const ownStreamKeys = {
  stream_cursor_path: z.string().min(1).optional().meta({
    title: 'Stream: cursor path',
    description: 'JSONPath of the value in each record with which a stream without event ids goes on after that record',
  }),
  stream_cursor_param: z.string().min(1).optional().meta({
    title: 'Stream: cursor parameter',
    description: 'Query parameter that carries the last cursor when the stream is opened again',
  }),
  stream_event_types: z.string().min(1).optional().meta({
    title: 'Stream: types of events',
    description:
      'Comma-separated; server-sent events of other types are left out. An event without a type is a message. Absent: all',
  }),
  stream_flush_ms: z.int().min(20).max(60_000).default(1000).meta({
    title: 'Stream: time until records are shown (ms)',
    description:
      'What comes within this time, or 4 MB of it, becomes one segment; an event after a silence goes at once',
  }),
  stream_idle_timeout_ms: z.int().min(0).default(300_000).meta({
    title: 'Stream: longest silence (ms)',
    description: 'Without an event or a comment for so long, the stream is opened again; 0: never',
  }),
  stream_max_event_bytes: z
    .int()
    .min(1)
    .max(256 * 1024 * 1024)
    .default(16 * 1024 * 1024)
    .meta({ title: 'Stream: largest event (bytes)', description: 'The beginning of a larger one goes to quarantine' }),
} as const
/** Where a Snowflake account answers, when not at `<account>.snowflakecomputing.com`. Part of a credential. */
export const ownSnowflakeKeys = {
  access_url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as https://xy12345.privatelink.snowflakecomputing.com' })
    .optional()
    .meta({
      title: 'Access URL',
      description:
        'Where the account answers, with protocol and port: for private links and proxies. Absent: https at the host, or at the account',
    }),
} as const
/** How a rest destination sends. */
export const ownRestSinkKeys = {
  idempotency_header: z.string().default('Idempotency-Key').meta({
    title: 'Idempotency header',
    description: 'Carries a key that is the same when a request is repeated; empty: none is sent',
  }),
  parallel_requests: z.int().min(1).max(64).default(1).meta({
    title: 'Requests at the same time',
    description: 'Above 1, records may arrive in another order',
  }),
  requests_per_second: z.number().positive().optional().meta({
    title: 'Requests per second',
    description: 'Most requests in a second; absent: as the service allows',
  }),
} as const

/** Limits of a webhook. */
export const ownWebhookKeys = {
  max_body_bytes: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024)
    .default(16 * 1024 * 1024)
    .meta({
      title: 'Largest request (bytes)',
      description: 'A larger body is refused with 413; counted after decompression',
    }),
  max_waiting_bytes: z.int().min(1).optional().meta({
    title: 'Most bytes waiting',
    description:
      'No more than this is accepted and not yet read (the workers are behind): what would go beyond it is answered with 429 and Retry-After. Counted to the byte on each server; servers learn from one another within about two seconds',
  }),
} as const
