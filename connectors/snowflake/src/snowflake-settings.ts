import { createPrivateKey } from 'node:crypto'
import { Fault, type JsonObject } from '@leat/connector-kit'
import { authType, loginProblem, parametersOf, textOf, type Problem } from './login-rules.ts'

/** A credential as the driver needs it. */
export interface SnowflakeSettings {
  /** `https://<host>[:port]`, without a trailing slash. */
  readonly accessUrl: string
  /** First label of the host: `xy12345`. */
  readonly account: string
  readonly username: string
  readonly login:
    | { readonly kind: 'basic'; readonly password: string }
    /** PKCS#8 PEM, not encrypted. */
    | { readonly kind: 'key_pair'; readonly privateKey: string }
  readonly warehouse?: string
  readonly database?: string
  readonly schema?: string
  readonly role?: string
  /** For ALTER SESSION SET: name -> value as written. */
  readonly parameters: Readonly<Record<string, string>>
  readonly proxy?: Readonly<Record<string, string | number>>
  /** Ends statements that run longer; 0: the limit of the warehouse. */
  readonly statementTimeoutSeconds: number
}

export function snowflakeSettings(credentials: JsonObject): SnowflakeSettings {
  const problem = loginProblem(credentials)
  if (problem !== undefined)
    throw new Fault({ kind: 'config', code: 'snowflake.config', field: problem.field, message: problem.message })
  const { accessUrl, account } = addressOf(credentials)
  const { session, proxy, statementTimeoutSeconds } = parametersOf(credentials)
  const named = (key: string, as: string): object =>
    textOf(credentials[key]) ? { [as]: textOf(credentials[key]) } : {}
  return {
    accessUrl,
    account,
    username: textOf(credentials['username']) ?? '',
    login: loginOf(credentials),
    ...named('warehouse_name', 'warehouse'),
    ...named('database_name', 'database'),
    ...named('schema_name', 'schema'),
    ...named('database.field.role', 'role'),
    parameters: {
      QUERY_TAG: textOf(credentials['database.field.QUERY_TAG']) ?? 'leat',
      ...session,
    },
    ...(proxy && { proxy }),
    statementTimeoutSeconds,
  }
}

function loginOf(credentials: JsonObject): SnowflakeSettings['login'] {
  if (authType(credentials) === 'basic') return { kind: 'basic', password: String(credentials['password']) }
  const key = readKey(credentials)
  if ('message' in key) throw new Fault({ kind: 'config', code: 'snowflake.config', ...key })
  return { kind: 'key_pair', privateKey: key.pem }
}

/** Accepts PEM, Base64 of PEM, and Base64 of DER (what remains of a PEM without its first and last line). */
function readKey(credentials: JsonObject): { readonly pem: string } | Problem {
  const given = String(credentials['snowflake.privateKey']).trim().replaceAll('\\n', '\n')
  const passphrase = textOf(credentials['snowflake.privateKey.passphrase'])
  const decoded = Buffer.from(given, 'base64')
  const forms = given.startsWith('-----')
    ? [given]
    : decoded.toString('latin1').startsWith('-----')
      ? [decoded.toString('utf8')]
      : ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY'].map(
          (label) => `-----BEGIN ${label}-----\n${decoded.toString('base64')}\n-----END ${label}-----\n`,
        )
  for (const form of forms) {
    try {
      const key = createPrivateKey({ key: form, ...(passphrase !== undefined && { passphrase }) })
      if (key.asymmetricKeyType !== 'rsa')
        return {
          field: 'snowflake.privateKey',
          message: 'Snowflake takes RSA keys of 2048 bits or more, and this is another kind of key.',
        }
      return { pem: String(key.export({ type: 'pkcs8', format: 'pem' })) }
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? '')
      if (/PASSPHRASE|BAD_DECRYPT|MISSING/.test(code) || /bad decrypt|passphrase|interrupted/i.test(String(error)))
        return {
          field: 'snowflake.privateKey.passphrase',
          message:
            passphrase === undefined
              ? 'The private key is encrypted: give its passphrase.'
              : 'The passphrase does not open the private key.',
        }
    }
  }
  return {
    field: 'snowflake.privateKey',
    message:
      'This is no private key: give the content of the .p8 file (-----BEGIN PRIVATE KEY----- …), or the Base64 of it.',
  }
}

function addressOf(credentials: JsonObject): { accessUrl: string; account: string } {
  const given = textOf(credentials['account'])
    ?.replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
  const host = textOf(credentials['host'])
    ?.replace(/^https?:\/\//, '')
    .replace(/[/:].*$/, '')
  const hostOfAccount =
    given === undefined
      ? undefined
      : /\.snowflakecomputing\.(com|cn)$/i.test(given)
        ? given
        : `${given}.snowflakecomputing.com`
  const reached = host ?? hostOfAccount
  const port = Number(credentials['port'] ?? 443)
  const accessUrl =
    textOf(credentials['access_url'])?.replace(/\/+$/, '') ?? `https://${reached}${port === 443 ? '' : `:${port}`}`
  const account = (given ?? host ?? new URL(accessUrl).hostname).split('.')[0] ?? ''
  return { accessUrl, account }
}
