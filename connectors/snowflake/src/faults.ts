import { Fault, faultTable, networkFault, toFault, type FaultRow } from '@leat/connector-kit'

/** What was being done, for the message. Never holds a secret. */
export interface Doing {
  readonly accessUrl: string
  readonly username: string
  readonly warehouse?: string
  readonly role?: string
}

const rows = {
  account_unknown: {
    kind: 'config',
    message:
      'There is no Snowflake account at {accessUrl} ({detail}). Check account (orgname-accountname, or locator.region) or host.',
  },
  not_snowflake: {
    kind: 'config',
    message: '{accessUrl} does not answer like Snowflake ({detail}). Check account, host and access_url.',
  },
  login_wrong: {
    kind: 'auth',
    message:
      'Snowflake refuses the login of "{username}": user or password is wrong. Check username and password, and whether the user is enabled.',
  },
  key_refused: {
    kind: 'auth',
    message:
      'Snowflake refuses the private key for "{username}" ({detail}). Set its public key with ALTER USER … SET RSA_PUBLIC_KEY, and check username, account and the clock of this machine.',
  },
  user_locked: {
    kind: 'auth',
    message: 'The user "{username}" is locked or disabled ({detail}). Wait 15 minutes, or ask an administrator.',
  },
  second_factor: {
    kind: 'auth',
    message: 'Snowflake wants a second factor from "{username}" ({detail}). Use a service user with key_pair.',
  },
  address_refused: {
    kind: 'auth',
    message:
      'A network policy of the account does not let this machine in ({detail}). Ask an administrator to allow its address.',
  },
  session_expired: { kind: 'transient', message: 'The Snowflake session has ended ({detail}). It is opened again.' },
  role_missing: {
    kind: 'auth',
    message:
      'The role "{role}" does not exist, or is not granted to "{username}". GRANT ROLE … TO USER …, or give another role.',
  },
  warehouse_missing: {
    kind: 'config',
    message:
      'The warehouse "{warehouse}" does not exist, or the role may not use it. Check warehouse_name, or GRANT USAGE ON WAREHOUSE … TO ROLE ….',
  },
  warehouse_not_given: {
    kind: 'config',
    message: 'No warehouse was given, and the user has no default one. Set warehouse_name in the credential.',
  },
  warehouse_suspended: {
    kind: 'transient',
    message:
      'The warehouse "{warehouse}" cannot be resumed now ({detail}). Resume it, or raise its quota; it is tried again.',
  },
  database_missing: {
    kind: 'not_found',
    message:
      'The database {object} does not exist, or the role may not use it. Check database_name and the table, or GRANT USAGE ON DATABASE ….',
  },
  schema_missing: {
    kind: 'not_found',
    message:
      'The schema {object} does not exist, or the role may not use it. Check schema_name and the table, or GRANT USAGE ON SCHEMA ….',
  },
  no_current_database: {
    kind: 'config',
    message:
      'No database or schema is given. Set database_name and schema_name in the credential, or write table as DATABASE.SCHEMA.TABLE.',
  },
  table_missing: {
    kind: 'not_found',
    message:
      'The table {object} does not exist, or the role may not use it. Check its name and case, or set create_destination.',
  },
  object_missing: {
    kind: 'not_found',
    message: 'Snowflake does not know an object, or the role may not use it: {detail}',
  },
  column_missing: { kind: 'config', message: 'Snowflake does not know a column: {detail}' },
  not_allowed: {
    kind: 'auth',
    message: 'The role is not allowed to do this: {detail} GRANT the privilege to the role, or give another role.',
  },
  statement_timeout: {
    kind: 'transient',
    message:
      'A statement reached its time limit and was ended ({detail}). Raise STATEMENT_TIMEOUT_IN_SECONDS, or use a larger warehouse.',
  },
  lock_timeout: { kind: 'transient', message: 'Another transaction holds the table ({detail}). It is tried again.' },
  value_too_long: { kind: 'data', message: 'A text is longer than its column: {detail}' },
  value_out_of_range: { kind: 'data', message: 'A value does not fit its column: {detail}' },
  value_invalid: { kind: 'data', message: 'A value cannot be read as the type of its column: {detail}' },
  value_required: { kind: 'data', message: 'A column that takes no NULL got one: {detail}' },
  duplicate_key: {
    kind: 'data',
    message: 'Several rows have the same key: {detail} Make key_columns name what identifies a row.',
  },
  sql_invalid: { kind: 'config', message: 'Snowflake cannot read the statement: {detail}' },
  upload_failed: { kind: 'transient', message: 'Files could not be put into the stage ({detail}). It is tried again.' },
  too_many: { kind: 'rate_limited', message: 'Snowflake asks to slow down ({detail}). It is tried again.' },
  unavailable: { kind: 'transient', message: 'Snowflake failed at {accessUrl} ({detail}). It is tried again.' },
  canceled: { kind: 'transient', message: 'A statement was cancelled from outside ({detail}). It is tried again.' },
  unexpected: { kind: 'bug', message: 'Snowflake answered with an error that Leat does not know: {code} {detail}' },
} as const satisfies Record<string, FaultRow>

type Name = keyof typeof rows

/** A row of the table as a fault; `values` fill its message. */
export const snowflakeFault = faultTable('snowflake', rows)

const fields: Partial<Record<Name, string>> = {
  account_unknown: 'account',
  login_wrong: 'password',
  key_refused: 'snowflake.privateKey',
  role_missing: 'database.field.role',
  warehouse_missing: 'warehouse_name',
  warehouse_not_given: 'warehouse_name',
  database_missing: 'database_name',
  schema_missing: 'schema_name',
  no_current_database: 'database_name',
  table_missing: 'table',
}

/**
 * Codes of the service and of the driver (40xxxx). The service documents few of them; the texts tell the rest.
 * https://docs.snowflake.com/en/user-guide/key-pair-auth-troubleshooting · node_modules/snowflake-sdk/dist/lib/error_code.js
 */
const byCode: Readonly<Record<string, Name>> = {
  '390100': 'login_wrong',
  '390101': 'login_wrong',
  '390102': 'user_locked',
  '390106': 'user_locked',
  '390110': 'session_expired',
  '390111': 'session_expired',
  '390112': 'session_expired',
  '390114': 'session_expired',
  '390115': 'session_expired',
  '390144': 'key_refused',
  '390189': 'role_missing',
  '390201': 'warehouse_missing',
  '390420': 'address_refused',
  '390422': 'address_refused',
  '394300': 'key_refused',
  '394301': 'key_refused',
  '394302': 'key_refused',
  '394303': 'key_refused',
  '394304': 'key_refused',
  '394507': 'second_factor',
  '394508': 'second_factor',
  '394509': 'second_factor',
  '000604': 'canceled',
  '000625': 'lock_timeout',
  '000630': 'statement_timeout',
  '000904': 'column_missing',
  '001003': 'sql_invalid',
  '003001': 'not_allowed',
  '090073': 'warehouse_suspended',
  '090105': 'no_current_database',
  '090106': 'no_current_database',
  '100035': 'value_invalid',
  '100037': 'value_invalid',
  '100038': 'value_invalid',
  '100040': 'value_invalid',
  '100046': 'value_out_of_range',
  '100069': 'value_invalid',
  '100071': 'value_invalid',
  '100072': 'value_required',
  '100078': 'value_too_long',
  '100090': 'duplicate_key',
  '100132': 'value_out_of_range',
  '401003': 'not_snowflake',
  '401004': 'session_expired',
}

/** By the text, where one code means several things or differs between versions. First match counts. */
const byText: readonly (readonly [RegExp, Name])[] = [
  [/multi-factor|\bMFA\b|second factor/i, 'second_factor'],
  [/user (account )?(is |has been )?(temporarily )?(locked|disabled)/i, 'user_locked'],
  [/resource monitor|cannot be resumed|warehouse .* (is )?suspended/i, 'warehouse_suspended'],
  [/warehouse timeout|statement or warehouse timeout|statement timeout/i, 'statement_timeout'],
  [/has locked|lock (wait )?timeout|could not be acquired|transaction conflict|write-write conflict/i, 'lock_timeout'],
  [/insufficient privileges/i, 'not_allowed'],
  [/does not have a current database|does not have a current schema/i, 'no_current_database'],
  [/is too long and would be truncated|value too long/i, 'value_too_long'],
  [/out of representable range|out of range/i, 'value_out_of_range'],
  [/NULL result in a non-nullable column|NOT NULL constraint/i, 'value_required'],
  [/duplicate row detected/i, 'duplicate_key'],
  [/invalid identifier|referenced column .* not found|does not have a column/i, 'column_missing'],
  [/is not recognized|cannot be cast|could not convert/i, 'value_invalid'],
  [/syntax error/i, 'sql_invalid'],
]

interface DriverError {
  readonly code?: unknown
  readonly sqlState?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly response?: { readonly status?: unknown; readonly statusCode?: unknown }
}

/** An error of snowflake-sdk as a fault. What is not one of its errors, nor one of the network, is a bug. */
export function driverFault(doing: Doing, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  const error = (thrown ?? {}) as DriverError
  const code = String(error.code ?? '')
  const text = String(error.message ?? thrown)
  const make = (name: Name, more: Readonly<Record<string, string>> = {}): Fault =>
    snowflakeFault(
      name,
      { ...shown(doing), code, detail: oneLine(text), ...more },
      { cause: withoutRequest(thrown), ...(fields[name] && { field: fields[name] }) },
    )
  const status = Number(
    error.response?.status ?? error.response?.statusCode ?? /status code (\d{3})/.exec(text)?.[1] ?? 0,
  )
  if (code === '401002' || status !== 0) {
    if (status === 403 || status === 404) return make('account_unknown', { detail: `HTTP ${status}` })
    if (status === 429) return make('too_many', { detail: 'HTTP 429' })
    if (status >= 500 || status === 0) return make('unavailable')
    return make('not_snowflake', { detail: `HTTP ${status}` })
  }
  if (code === '000606') return make(doing.warehouse === undefined ? 'warehouse_not_given' : 'warehouse_missing')
  const missing = missingObject(code, text)
  if (missing !== undefined) return make(missing.name, missing.object === undefined ? {} : { object: missing.object })
  const said = byText.find(([pattern]) => pattern.test(text))?.[1]
  const known = byCode[code]
  if (known !== undefined) return make(known)
  if (said !== undefined) return make(said)
  const reached = networkFault(withNodeCode(thrown, text), doing.accessUrl)
  if (reached !== null) return reached
  if (code === '401001' || code === '402001' || code === '402002') return make('unavailable')
  if (/^(390|394)\d{3}$/.test(code)) return make('login_wrong')
  if (thrown instanceof Error && thrown.name === 'AbortError') return toFault(thrown)
  return make('unexpected')
}

/** 002003 and 002043 say "Database 'X' does not exist or not authorized", or only "Object does not exist". */
function missingObject(code: string, text: string): { name: Name; object?: string } | undefined {
  const column = /invalid identifier|referenced column|candidate bindings/i.test(text)
  if (column) return { name: 'column_missing' }
  if (!/^(002003|002043|000904)$/.test(code)) return undefined
  const [, kind = '', object] =
    /\b(database|schema|table|view|object|stage|warehouse|table with name)\s+['"]?([^'"\s]+)['"]?\s+does not exist/i.exec(
      text,
    ) ?? []
  const byKind: Readonly<Record<string, Name>> = {
    database: 'database_missing',
    schema: 'schema_missing',
    table: 'table_missing',
    view: 'table_missing',
    object: 'table_missing',
    'table with name': 'table_missing',
  }
  const name = byKind[kind.toLowerCase()] ?? 'object_missing'
  return object === undefined ? { name: 'object_missing' } : { name, object: `"${object}"` }
}

/** The driver keeps Node's code in its text only: `connect ECONNREFUSED 127.0.0.1:1`. */
function withNodeCode(thrown: unknown, text: string): unknown {
  const code =
    /\b(E(?:NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE|PROTO)|CERT_\w+|ERR_TLS_\w+|\w+_SIGNED_CERT\w*|UNABLE_TO_\w+)\b/.exec(
      text,
    )?.[1]
  return code === undefined ? thrown : Object.assign(new Error(text, { cause: thrown }), { code })
}

function shown(doing: Doing): Record<string, string> {
  const { accessUrl, username, warehouse = '', role = '' } = doing
  return { accessUrl, username, warehouse, role }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 600 ? `${line.slice(0, 599)}…` : line
}

/** The driver's errors hold the request with its headers and the whole answer. */
function withoutRequest(thrown: unknown): Error {
  const error = new Error(thrown instanceof Error ? thrown.message : String(thrown))
  const { code, stack } = (thrown ?? {}) as { code?: unknown; stack?: unknown }
  if (typeof stack === 'string') error.stack = stack
  return typeof code === 'string' || typeof code === 'number' ? Object.assign(error, { code: String(code) }) : error
}
