import { createPrivateKey } from 'node:crypto'
import { Fault, nearest, type JsonObject } from '@leat/connector-kit'

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

export interface Problem {
  readonly field: string
  readonly message: string
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

/** What is missing or contradicts itself; undefined when the credential is complete. */
export function loginProblem(credentials: JsonObject): Problem | undefined {
  if (credentials['has_ssh_tunnel'] === true)
    return {
      field: 'has_ssh_tunnel',
      message:
        'Snowflake is reached over HTTPS, not through an SSH tunnel. Use access_url for a private link, or proxyHost and proxyPort in jdbc.parameters.',
    }
  if (['account', 'host', 'access_url'].every((key) => textOf(credentials[key]) === undefined))
    return {
      field: 'account',
      message: 'Give the account (such as myorg-myaccount), or the host (<account>.snowflakecomputing.com).',
    }
  const kind = authType(credentials)
  if (kind === 'basic' && textOf(credentials['password']) === undefined)
    return {
      field: 'password',
      message: 'Give the password, or set snowflake.auth.type to key_pair and give snowflake.privateKey.',
    }
  if (kind === 'key_pair') {
    if (textOf(credentials['snowflake.privateKey']) === undefined)
      return {
        field: 'snowflake.privateKey',
        message: 'Give the private key of the user: its PEM, or the Base64 of that.',
      }
    const key = readKey(credentials)
    if ('message' in key) return key
  }
  const parameters = parametersOf(credentials)
  return parameters.problem
}

function authType(credentials: JsonObject): 'basic' | 'key_pair' {
  const given = credentials['snowflake.auth.type']
  if (given === 'basic' || given === 'key_pair') return given
  return textOf(credentials['snowflake.privateKey']) !== undefined && textOf(credentials['password']) === undefined
    ? 'key_pair'
    : 'basic'
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

const proxyKeys = ['proxyHost', 'proxyPort', 'proxyUser', 'proxyPassword', 'proxyProtocol', 'noProxy'] as const
const ownKeys: Readonly<Record<string, string>> = {
  nonProxyHosts: 'noProxy',
  queryTimeout: 'STATEMENT_TIMEOUT_IN_SECONDS',
}
/** Switches of the JDBC driver that have no meaning here. */
const withoutEffect =
  /^(useProxy|JDBC_\w+|CLIENT_\w+|application|loginTimeout|networkTimeout|ssl|tracing|ocspFailOpen)$/i

interface Parameters {
  readonly session: Readonly<Record<string, string>>
  readonly proxy?: Readonly<Record<string, string | number>>
  readonly statementTimeoutSeconds: number
  readonly problem?: Problem
}

/** `jdbc.parameters`, also separated by `&` or `;`, with `=` for `:`. */
function parametersOf(credentials: JsonObject): Parameters {
  const session: Record<string, string> = {}
  const proxy: Record<string, string | number> = {}
  for (const part of (textOf(credentials['jdbc.parameters']) ?? '').split(/[,&;]/).map((each) => each.trim())) {
    if (part === '') continue
    const [, written = '', value = ''] = /^([^:=\s]+)\s*[:=]\s*(.*)$/s.exec(part) ?? []
    const key = ownKeys[written] ?? written
    if (written === '' || value === '') return broken(`"${part}" is not of the form key:value`)
    const proxyKey = proxyKeys.find((each) => each.toLowerCase() === key.toLowerCase())
    if (proxyKey !== undefined) proxy[proxyKey] = proxyKey === 'proxyPort' ? Number(value) : value
    else if (withoutEffect.test(key)) continue
    else if (/^[A-Z][A-Z0-9_]+$/.test(key.toUpperCase()) && key.includes('_')) session[key.toUpperCase()] = value
    else return broken(`"${written}" is neither a session parameter nor a proxy setting${maybe(written)}`)
  }
  if ('proxyHost' in proxy !== 'proxyPort' in proxy) return broken('proxyHost and proxyPort are given together')
  return {
    session,
    ...(Object.keys(proxy).length > 0 && { proxy }),
    statementTimeoutSeconds: Number(session['STATEMENT_TIMEOUT_IN_SECONDS'] ?? 0),
  }
}

function maybe(written: string): string {
  const near = nearest(written, [...proxyKeys, 'STATEMENT_TIMEOUT_IN_SECONDS', 'queryTimeout'])
  return near === null ? '' : `; did you mean "${near}"?`
}

function broken(what: string): Parameters {
  const message = `jdbc.parameters: ${what}. Write key1:value1,key2:value2, for example STATEMENT_TIMEOUT_IN_SECONDS:600.`
  return { session: {}, statementTimeoutSeconds: 0, problem: { field: 'jdbc.parameters', message } }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
