import { Fault, faultTable, networkFault } from '@leat/connector-kit'

const fault = faultTable('postgres', {
  password_wrong: {
    kind: 'auth',
    message: 'PostgreSQL refused the login of user "{user}". Check username and password of the credential.',
  },
  login_refused: {
    kind: 'auth',
    message: 'PostgreSQL does not let user "{user}" in: {said}. Check pg_hba.conf and the rights of the user.',
  },
  database_missing: {
    kind: 'config',
    message: 'The server has no database "{database}". Check database_name of the credential.',
  },
  schema_missing: { kind: 'not_found', message: 'The schema does not exist: {said}. Create it, or correct "schema".' },
  relation_missing: {
    kind: 'not_found',
    message: 'A table or view does not exist: {said}. Check its name and schema.',
  },
  column_missing: { kind: 'config', message: 'A column does not exist: {said}.' },
  no_permission: {
    kind: 'auth',
    message: 'The user "{user}" may not do this: {said}. Grant it the right, or use another credential.',
  },
  read_only: {
    kind: 'config',
    message: 'The query wants to change data, but runs read-only: {said}. Set commit.on.read to true if that is meant.',
  },
  query_wrong: { kind: 'config', message: 'PostgreSQL does not understand the query: {said}.' },
  value_misfit: { kind: 'data', message: '{said}' },
  constraint: { kind: 'data', message: '{said}' },
  lock_wait: {
    kind: 'transient',
    message: 'PostgreSQL gave up waiting for a lock: {said}. Somebody holds the table; it is tried again.',
  },
  disk_full: {
    kind: 'transient',
    message:
      'The disk of the PostgreSQL server is full: {said}. Nothing was lost; it is tried again when there is room.',
  },
  busy: { kind: 'transient', message: 'PostgreSQL cannot take the work now: {said}. It is tried again.' },
  gone: { kind: 'transient', message: 'The connection to PostgreSQL ended: {said}. It is tried again.' },
  not_committed: { kind: 'transient', message: 'PostgreSQL rolled a transaction back. Nothing of it was visible.' },
  tls_missing: {
    kind: 'config',
    message:
      'The server speaks no TLS, but ssl_mode is "{mode}". Switch TLS on at the server, or set ssl_mode to "prefer" or "disable".',
  },
  certificate_wanted: {
    kind: 'auth',
    message:
      'PostgreSQL lets user "{user}" in with a client certificate only: {said}. Give ssl_cert and ssl_key, of an authority that the server trusts.',
  },
  tls_refused: {
    kind: 'config',
    message:
      'The TLS certificate of the server was not accepted: {said}. Give its authority in ssl_root_cert, or choose another ssl_mode.',
  },
})

/** What the messages name. */
export interface LoginNames {
  readonly user: string
  readonly database: string
  readonly mode: string
  readonly host: string
}

/** SQLSTATE or class -> row of the table. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const states: readonly (readonly [string, Parameters<typeof fault>[0]])[] = [
  ['28P01', 'password_wrong'],
  ['28', 'login_refused'],
  ['3D000', 'database_missing'],
  ['3F000', 'schema_missing'],
  ['42P01', 'relation_missing'],
  ['42703', 'column_missing'],
  ['42501', 'no_permission'],
  ['25006', 'read_only'],
  ['55P03', 'lock_wait'],
  ['40', 'lock_wait'],
  ['53100', 'disk_full'],
  ['53', 'busy'],
  ['57P03', 'busy'],
  ['57', 'gone'],
  ['58', 'busy'],
  ['08', 'gone'],
  ['54', 'value_misfit'],
  ['22', 'value_misfit'],
  ['23', 'constraint'],
  ['44', 'constraint'],
  ['P0001', 'constraint'],
  ['42', 'query_wrong'],
  ['0A', 'query_wrong'],
]

interface ServerError {
  readonly code?: string
  readonly message?: string
  readonly detail?: string
  readonly where?: string
  readonly severity?: string
}

/** Any error of the driver or server as a fault; what is not known is a bug. */
export function postgresFault(thrown: unknown, names: LoginNames, signal?: AbortSignal): Fault {
  if (signal?.aborted === true)
    return new Fault({
      kind: 'cancelled',
      code: 'platform.cancelled',
      message: 'The work was cancelled.',
      cause: thrown,
    })
  if (thrown instanceof Fault) return thrown
  const error = (thrown ?? {}) as ServerError
  const said = (error.message ?? String(thrown)).replaceAll(/\s+/g, ' ').slice(0, 500)
  const values = { ...names, said }
  if (/does not support SSL/i.test(said)) return fault('tls_missing', values, { field: 'ssl_mode', cause: thrown })
  if (/valid client certificate|certificate authentication failed|alert (unknown ca|certificate)/i.test(said))
    return fault('certificate_wanted', values, { field: 'ssl_cert', cause: thrown })
  if (/certificate|ERR_TLS|self.signed|wrong version number|SSL (routines|alert)/i.test(`${said} ${error.code ?? ''}`))
    return fault('tls_refused', values, { field: 'ssl_root_cert', cause: thrown })
  if (/password must be a string|no password supplied/i.test(said))
    return fault('password_wrong', values, { cause: thrown })
  const state = error.severity === undefined ? undefined : error.code
  const row = states.find(([prefix]) => state?.startsWith(prefix) === true)?.[1]
  if (row === 'login_refused' && /password authentication failed/i.test(said))
    return fault('password_wrong', values, { cause: thrown })
  if (row !== undefined)
    return fault(row, row === 'value_misfit' || row === 'constraint' ? { said: dataReason(error, said) } : values, {
      cause: thrown,
    })
  const network = networkFault(thrown, `PostgreSQL at ${names.host}`)
  if (network !== null) return network
  if (/Connection terminated|not queryable|ECONNRESET|EPIPE|socket|timeout expired/i.test(said))
    return fault('gone', values, { cause: thrown })
  return new Fault({ kind: 'bug', code: 'postgres.unknown', message: said, cause: thrown })
}

/** COPY says in CONTEXT which column; a constraint says in DETAIL which value. */
function dataReason(error: ServerError, said: string): string {
  const column = /column ([^:,]+): /.exec(error.where ?? '')?.[1]
  return `${column === undefined ? '' : `${column}: `}${said}${error.detail === undefined ? '' : ` (${error.detail.slice(0, 200)})`}`
}

export function notCommitted(): Fault {
  return fault('not_committed', {})
}
