import type { ConnectorBrief } from '@leat/contract'
import type { ConnectorRegistry } from './registry.ts'

/** The `connector` of a resource; absent for a type that this server does not have (the client refuses a half one). */
export function connectorBrief(registry: ConnectorRegistry, type: string): { connector?: ConnectorBrief } {
  const found = registry.get(type)
  if (!found) return {}
  const { title, description } = found
  return {
    connector: {
      id: stableId(type),
      type,
      connection_type: type,
      name: title,
      description,
      nexset_api_compatible: false,
    },
  }
}

/** The public API numbers its connectors; ours are known by name, so the number is made from it (FNV-1a, 31 bits). */
function stableId(type: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(type)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 1 || 1
}
