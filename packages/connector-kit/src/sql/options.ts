import { z } from 'zod'
import { cronField } from '../file-options.ts'
import { describe, flag, secretText, text } from '../option-fields.ts'
import { ownDatabaseKeys, ownSourceKeys, ownSqlSinkKeys, ownSqlSourceKeys, ownTunnelKeys } from '../own-keys.ts'

/*
 * Config keys that every SQL database shares, in the spelling of the public API. A connector spreads the groups it needs into its own
 * `z.strictObject`.
 */

/** C-DB. `database_name` is required where the connector says so: overwrite the field. */
export const databaseCredentialFields = {
  host: text('Host', 'Name or address of the server, without a protocol'),
  port: z.int().min(1).max(65_535).meta({ title: 'Port', description: 'TCP port of the server' }),
  username: text('User', 'Name of the login'),
  password: secretText('Password', 'Of the login'),
  database_name: text('Database', 'Limits the credential to one database').optional(),
  schema_name: text('Schema', 'Schema of the tables of interest').optional(),
  credentials_type: text('Credentials type', 'Repeated by some clients; has no effect').optional(),
  ...ownDatabaseKeys,
} as const

export const databaseCredentialAliases = {
  user: 'username',
  database: 'database_name',
  schema: 'schema_name',
} as const

/** C-SSH. */
export const tunnelFields = {
  has_ssh_tunnel: flag('SSH tunnel', 'Connect through a bastion host (default false)').optional(),
  'tunnel.bastion.host': text('Bastion host', 'With an SSH tunnel').optional(),
  'tunnel.bastion.port': z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .meta({ title: 'Bastion port', description: 'With an SSH tunnel (default 22)' }),
  'tunnel.bastion.user': text('Bastion user', 'With an SSH tunnel').optional(),
  ...ownTunnelKeys,
} as const

/** S-DB, without and with the keys of change data capture (`changeCaptureFields`). */
export const sqlSourceFields = {
  ...cronField,
  db_query_mode: describe(
    z.enum(['Default', 'Query']),
    'Read',
    'Default: a table. Query: the result of a SELECT',
  ).default('Default'),
  database: text('Database', 'Of the table; the credential’s unless given').optional(),
  schema: text('Schema', 'Of the table; the credential’s unless given').optional(),
  table: text('Table', 'In Default mode; may be qualified: schema.table').optional(),
  query: text('Query', 'In Query mode: one SELECT').optional(),
  mode: describe(
    z.enum(['none', 'incrementing', 'timestamp', 'incrementing,timestamp']),
    'Which rows',
    'none: all, in every run. incrementing: those with a greater id. timestamp: those changed since. Or both',
  ).default('none'),
  'incrementing.column.name': text('Id column', 'Numeric column that grows').optional(),
  'incrementing.load.from': describe(
    z.union([z.string().min(1), z.number()]),
    'First id',
    'Rows below are not read',
  ).optional(),
  'timestamp.column.name': text('Timestamp column', 'Column with the time of the last change').optional(),
  'timestamp.load.from': describe(
    z.union([z.string().min(1), z.number()]),
    'First time',
    'Epoch milliseconds or ISO 8601; older rows are not read',
  ).optional(),
  'commit.on.read': flag('Commit on read', 'Query mode: keep what the query changed (default false)').default(false),
  'schema.drift.policy': ownSourceKeys['schema.drift.policy'],
  ...ownSqlSourceKeys,
} as const

/** Rules between the keys of S-DB. */
export function sqlSourceProblem(
  options: Readonly<Record<string, unknown>>,
): { field: string; message: string } | null {
  const missing = (field: string, why: string) => ({ field, message: `"${field}" is missing: ${why}` })
  if (options['db_query_mode'] === 'Query') {
    if (options['query'] === undefined) return missing('query', 'db_query_mode is Query, so say which SELECT.')
  } else if (options['table'] === undefined)
    return missing('table', 'say which table to read, or set db_query_mode to Query and give a query.')
  const mode = String(options['mode'])
  if (mode.includes('incrementing') && options['incrementing.column.name'] === undefined)
    return missing('incrementing.column.name', `mode is "${mode}", so say which column grows.`)
  if (mode.includes('timestamp') && options['timestamp.column.name'] === undefined)
    return missing('timestamp.column.name', `mode is "${mode}", so say which column holds the time of the last change.`)
  return null
}

/** K-DB. */
export const sqlSinkFields = {
  database: text('Database', 'Of the table; the credential’s unless given').optional(),
  schema: text('Schema', 'Of the table; the credential’s unless given').optional(),
  table: text('Table', 'May be qualified: schema.table or database.schema.table'),
  'insert.mode': describe(
    z.enum(['INSERT', 'UPSERT']),
    'How rows are written',
    'INSERT adds, UPSERT replaces rows of the same key (default INSERT)',
  ).optional(),
  load_type: describe(
    z.enum(['append', 'merge']),
    'How rows are written',
    'append is INSERT, merge is UPSERT',
  ).optional(),
  'primary.key': text('Key', 'Columns of the key, separated by commas; for UPSERT').optional(),
  key_columns: describe(
    z.union([z.array(z.string().min(1)), z.string().min(1)]),
    'Key columns',
    'The same as primary.key, as a list',
  ).optional(),
  'upsert.nulls': flag('Write nulls', 'UPSERT: a null replaces a value (default true)').default(true),
  mapping: describe(
    z.record(z.string(), z.json()),
    'Mapping',
    '{mode: "manual", mapping: {attribute: {column: TYPE}}}; absent or auto: every attribute under its own name',
  ).optional(),
  'schema.drift.policy': describe(
    z.enum(['evolve', 'stop']),
    'When attributes have no column',
    'evolve: columns are added, and those that were made here are widened. stop: the delivery stops with a message',
  ).default('evolve'),
  sink_type: text('Sink type', 'Repeated by some clients; has no effect').optional(),
  ...ownSqlSinkKeys,
} as const

/** K-PART. */
export const warehouseSinkFields = {
  'partitioning.column': text('Partition by', 'Column of a created table').optional(),
  'clustering.columns': text('Cluster by', 'Columns of a created table, separated by commas').optional(),
} as const

/** S-CDC beyond S-DB: declared, so that they are known; a connector without change capture refuses them. */
export const changeCaptureFields = {
  'cdc.enabled': flag('Change data capture', 'Read the log of the database (default false)').optional(),
  'cdc.snapshot.enabled': flag('Snapshot first', 'With change data capture').optional(),
  'cdc.capture.delete': flag('Deleted rows', 'With change data capture').optional(),
} as const

export interface SinkChoices {
  readonly upsert: boolean
  readonly keys: readonly string[]
}

/** What `insert.mode`, `load_type`, `primary.key` and `key_columns` say together, and the problem when they contradict each other. */
export function sinkChoices(options: Readonly<Record<string, unknown>>): SinkChoices {
  const byMode = options['insert.mode'] === undefined ? undefined : options['insert.mode'] === 'UPSERT'
  const byLoad = options['load_type'] === undefined ? undefined : options['load_type'] === 'merge'
  const given = keyList(options['primary.key']) ?? keyList(options['key_columns']) ?? []
  return { upsert: byMode ?? byLoad ?? false, keys: given }
}

export function sqlSinkProblem(options: Readonly<Record<string, unknown>>): { field: string; message: string } | null {
  const { upsert, keys } = sinkChoices(options)
  const [mode, load] = [options['insert.mode'], options['load_type']]
  if (mode !== undefined && load !== undefined && (mode === 'UPSERT') !== (load === 'merge'))
    return {
      field: 'load_type',
      message: `"load_type" is "${String(load)}", but "insert.mode" is "${String(mode)}". Keep one of them.`,
    }
  const [first, second] = [keyList(options['primary.key']), keyList(options['key_columns'])]
  if (first !== undefined && second !== undefined && first.join(',') !== second.join(','))
    return {
      field: 'key_columns',
      message: `"key_columns" (${second.join(', ')}) and "primary.key" (${first.join(', ')}) differ. Keep one of them.`,
    }
  if (upsert && keys.length === 0)
    return {
      field: 'primary.key',
      message: '"primary.key" (or "key_columns") is missing: an UPSERT needs the columns that identify a row.',
    }
  return null
}

function keyList(value: unknown): string[] | undefined {
  if (typeof value === 'string') value = value.split(',')
  if (!Array.isArray(value)) return undefined
  return value.map((name) => String(name).trim()).filter((name) => name !== '')
}

/** Adds rules between keys to a schema of options. */
export function withRules<T extends z.ZodObject>(
  schema: T,
  ...rules: readonly ((options: Readonly<Record<string, unknown>>) => { field: string; message: string } | null)[]
): T {
  return schema.superRefine((options, context) => {
    for (const rule of rules) {
      const problem = rule(options)
      if (problem !== null) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message })
    }
  })
}

/** Change data capture is not there yet: saying so beats reading something else. */
export function noChangeCapture(options: Readonly<Record<string, unknown>>): { field: string; message: string } | null {
  if (options['cdc.enabled'] !== true) return null
  return {
    field: 'cdc.enabled',
    message:
      '"cdc.enabled" is true, but this version reads no change log. Use mode "timestamp" or "incrementing" instead.',
  }
}

export function tunnelProblem(
  credentials: Readonly<Record<string, unknown>>,
): { field: string; message: string } | null {
  if (credentials['has_ssh_tunnel'] !== true) return null
  for (const field of ['tunnel.bastion.host', 'tunnel.bastion.user'])
    if (credentials[field] === undefined) return { field, message: `"${field}" is missing: has_ssh_tunnel is true.` }
  if (credentials['tunnel.bastion.private_key'] === undefined && credentials['tunnel.bastion.password'] === undefined)
    return {
      field: 'tunnel.bastion.private_key',
      message: '"tunnel.bastion.private_key" (or "tunnel.bastion.password") is missing: the bastion asks who comes.',
    }
  return null
}
