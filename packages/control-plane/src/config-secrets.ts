import { type JsonObject, secretKeys } from '@leat/connector-kit'
import type { Vault } from './auth/vault.ts'
import type { ConfigPart } from './check-config.ts'
import type { ConnectorRegistry } from './registry.ts'

/** What stands in place of a secret of a config. Sent back, it means "as it was". */
export const hiddenSecret = '••••••••'

/** The config of a source or sink with its secrets hidden. */
export function shownConfig(
  registry: ConnectorRegistry,
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
  config: JsonObject,
): JsonObject {
  const shown: Record<string, JsonObject[string]> = { ...config }
  for (const key of secretsIn(registry, part, type))
    if (shown[key] !== undefined && shown[key] !== null) shown[key] = hiddenSecret
  return shown
}

/** What a secret of a config is sealed for. Not for one resource: a copy of a flow takes its configs as they are. */
const configPurpose = 'config_secret'
const sealedMark = '$sealed'

/** A checked config as the database keeps it: its secrets sealed, each in its place. */
export function sealedConfig(
  { registry, vault }: { readonly registry: ConnectorRegistry; readonly vault: Vault },
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
  config: JsonObject,
): JsonObject {
  const sealed: Record<string, JsonObject[string]> = { ...config }
  for (const key of secretsIn(registry, part, type)) {
    const value = sealed[key]
    if (value === undefined || value === null) continue
    sealed[key] = { [sealedMark]: vault.seal(configPurpose, { value }).toString('base64') }
  }
  return sealed
}

/** A config of the database as its user wrote it. Throws `config` with code `vault.unreadable`. */
export function openedConfig(vault: Vault, stored: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(stored).map(([key, value]) => {
      const sealed = typeof value === 'object' && value !== null ? (value as JsonObject)[sealedMark] : undefined
      if (typeof sealed !== 'string') return [key, value]
      return [key, vault.open(configPurpose, Buffer.from(sealed, 'base64'))['value'] ?? null]
    }),
  )
}

/** A config as a client sends it back after reading it: hidden secrets are those that are stored. */
export function keptSecrets(
  registry: ConnectorRegistry,
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
  sent: JsonObject,
  stored: JsonObject,
): JsonObject {
  const kept: Record<string, JsonObject[string]> = { ...sent }
  for (const key of secretsIn(registry, part, type))
    if (kept[key] === hiddenSecret && stored[key] !== undefined) kept[key] = stored[key]
  return kept
}

function secretsIn(
  registry: ConnectorRegistry,
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
): readonly string[] {
  const connector = registry.get(type)
  const options = connector?.[part]?.options
  if (!options) return []
  const secret = secretKeys(options)
  const aliases = Object.entries(connector?.aliases?.[part] ?? {})
  return [...secret, ...aliases.flatMap(([alias, key]) => (secret.includes(key) ? [alias] : []))]
}
