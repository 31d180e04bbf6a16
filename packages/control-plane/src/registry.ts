import { nearest, type Connector } from '@leat/connector-kit'

/** The connectors of this server. `apps/server` makes it; nothing else knows which connectors exist. */
export interface ConnectorRegistry {
  /** Null when there is no connector of this type. */
  get(type: string): Connector | null
  /** Sorted by type. */
  all(): readonly Connector[]
}

export function connectorRegistry(connectors: readonly Connector[]): ConnectorRegistry {
  const byType = new Map(connectors.map((connector) => [connector.type, connector]))
  const sorted = connectors.toSorted((a, b) => (a.type < b.type ? -1 : 1))
  return { get: (type) => byType.get(type) ?? null, all: () => sorted }
}

/** The type that was probably meant, among those that have the wanted part. */
export function nearestType(
  registry: ConnectorRegistry,
  type: string,
  part: 'credentials' | 'source' | 'sink',
): string | null {
  return nearest(type, typesWith(registry, part))
}

export function typesWith(registry: ConnectorRegistry, part: 'credentials' | 'source' | 'sink'): string[] {
  return registry
    .all()
    .filter((connector) => connector[part] !== undefined)
    .map((connector) => connector.type)
}
