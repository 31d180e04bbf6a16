import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driverFault } from './faults.ts'

const doing = { accessUrl: 'https://a.snowflakecomputing.com', username: 'U', warehouse: 'WH', role: 'R' }
const error = (code: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more })

const cases: readonly (readonly [code: string, message: string, kind: string, fault: string, says: RegExp])[] = [
  ['390100', 'Incorrect username or password was specified.', 'auth', 'login_wrong', /"U"/],
  ['390144', 'JWT token is invalid. [x]', 'auth', 'key_refused', /RSA_PUBLIC_KEY/],
  ['390189', "Role 'R' specified in the connect string is not granted to this user.", 'auth', 'role_missing', /"R"/],
  [
    '390422',
    'Incoming request with IP/Token 1.2.3.4 is not allowed to access Snowflake.',
    'auth',
    'address_refused',
    /1\.2\.3\.4/,
  ],
  ['390102', 'Your user account has been temporarily locked.', 'auth', 'user_locked', /locked/],
  ['394508', 'Failed to authenticate: MFA with TOTP is required.', 'auth', 'second_factor', /key_pair/],
  ['000606', 'No active warehouse selected in the current session.', 'config', 'warehouse_missing', /"WH"/],
  [
    '090073',
    "Warehouse 'WH' cannot be resumed because resource monitor 'M' has exceeded its quota.",
    'transient',
    'warehouse_suspended',
    /quota/,
  ],
  [
    '002003',
    "SQL compilation error:\nDatabase 'NOPE' does not exist or not authorized.",
    'not_found',
    'database_missing',
    /"NOPE"/,
  ],
  [
    '002003',
    "SQL compilation error:\nSchema 'RAW.NOPE' does not exist or not authorized.",
    'not_found',
    'schema_missing',
    /"RAW\.NOPE"/,
  ],
  [
    '002003',
    "SQL compilation error:\nObject 'RAW.STAGING.NOPE' does not exist or not authorized.",
    'not_found',
    'table_missing',
    /create_destination/,
  ],
  [
    '002003',
    "SQL compilation error:\nTable 'NOPE' does not exist or not authorized.",
    'not_found',
    'table_missing',
    /"NOPE"/,
  ],
  [
    '000904',
    "SQL compilation error: error line 1 at position 7\ninvalid identifier 'NOPE'",
    'config',
    'column_missing',
    /NOPE/,
  ],
  [
    '003001',
    "SQL access control error:\nInsufficient privileges to operate on schema 'STAGING'",
    'auth',
    'not_allowed',
    /STAGING/,
  ],
  [
    '090105',
    'Cannot perform SELECT. This session does not have a current database.',
    'config',
    'no_current_database',
    /database_name/,
  ],
  [
    '000630',
    'Statement reached its statement or warehouse timeout of 5 second(s) and was canceled.',
    'transient',
    'statement_timeout',
    /5 second/,
  ],
  [
    '000625',
    "Statement 'x' has locked table 'T' in transaction 1 and this lock has not yet been released.",
    'transient',
    'lock_timeout',
    /'T'/,
  ],
  ['100078', "String 'abc' is too long and would be truncated", 'data', 'value_too_long', /'abc'/],
  [
    '100046',
    'Number out of representable range: type FIXED[SB1](2,0){nullable}, value 1234',
    'data',
    'value_out_of_range',
    /1234/,
  ],
  ['100038', "Numeric value 'abc' is not recognized", 'data', 'value_invalid', /'abc'/],
  ['100072', 'NULL result in a non-nullable column', 'data', 'value_required', /NULL/],
  ['100090', 'Duplicate row detected during DML action', 'data', 'duplicate_key', /key_columns/],
  [
    '001003',
    "SQL compilation error:\nsyntax error line 1 at position 0 unexpected 'SELEC'.",
    'config',
    'sql_invalid',
    /SELEC/,
  ],
  ['390112', 'Your session has expired. Please login again.', 'transient', 'session_expired', /session/],
  ['999999', 'something new', 'bug', 'unexpected', /999999 something new/],
]

for (const [code, message, kind, name, says] of cases)
  test(`${code} ${message.slice(0, 60).replaceAll('\n', ' ')} is ${name}`, () => {
    const fault = driverFault(doing, error(code, message))
    assert.equal(fault.code, `snowflake.${name}`)
    assert.equal(fault.kind, kind)
    assert.match(fault.message, says)
    assert.doesNotMatch(
      fault.message,
      /\{(accessUrl|detail|username|role|warehouse|object|code)\}/,
      'every place is filled',
    )
  })

test('an account that does not exist answers 403 or 404', () => {
  const fault = driverFault(doing, error('401002', 'Request to Snowflake failed.', { response: { statusCode: 403 } }))
  assert.equal(fault.code, 'snowflake.account_unknown')
  assert.equal(fault.field, 'account')
})

test('networks: refused and unknown hosts are told apart', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 401001 })
  assert.equal(driverFault(doing, refused).code, 'network.refused')
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND nope'), { code: 'ENOTFOUND' })
  assert.equal(
    driverFault(doing, Object.assign(new Error('Request failed', { cause }), { code: 401001 })).code,
    'network.dns',
  )
})

test('the cause of a fault holds neither request nor answer', () => {
  const thrown = error('390100', 'no', { data: { token: 'tttt' }, response: { headers: { authorization: 'secret' } } })
  const { cause } = driverFault(doing, thrown)
  assert.deepEqual(Object.keys(cause as object), ['code'])
})
