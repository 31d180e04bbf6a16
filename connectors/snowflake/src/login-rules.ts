import { nearest, type JsonObject } from '@leat/connector-kit'

export interface Problem {
  readonly field: string
  readonly message: string
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
  }
  const parameters = parametersOf(credentials)
  return parameters.problem
}

/** How to log in; a private key alone means key_pair. */
export function authType(credentials: JsonObject): 'basic' | 'key_pair' {
  const given = credentials['snowflake.auth.type']
  if (given === 'basic' || given === 'key_pair') return given
  return textOf(credentials['snowflake.privateKey']) !== undefined && textOf(credentials['password']) === undefined
    ? 'key_pair'
    : 'basic'
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
export function parametersOf(credentials: JsonObject): Parameters {
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

/** A text that is not blank. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
