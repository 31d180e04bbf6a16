import { secretValues, withoutSecrets, type JsonObject } from '@leat/connector-kit'
import { restCredentials } from './rest-credentials.ts'

/** Key -> value of everything in a credential that must not be seen. */
export function secretsOf(credentials: JsonObject): ReadonlyMap<string, string> {
  const open = withoutSecrets(restCredentials, credentials)
  const closed = Object.entries(credentials).filter(([key]) => !Object.hasOwn(open, key))
  return new Map(
    closed.flatMap(([key, value]) => secretValues(restCredentials, { [key]: value }).map((one) => [key, one] as const)),
  )
}

/** `${CREDENTIAL.name}`: the key itself, or one that ends with the name (`username` for `basic.username`). */
export function credentialLookup(credentials: JsonObject): (name: string) => string | undefined {
  return (name) => {
    const own = scalarText(credentials[name])
    if (own !== undefined) return own
    const keys = Object.keys(credentials).filter((key) => key.endsWith(`.${name}`))
    return keys.length === 1 ? scalarText(credentials[keys[0]!]) : undefined
  }
}

function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}
