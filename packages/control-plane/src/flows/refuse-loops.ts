import { type Connector, type JsonObject, normaliseConfig } from '@leat/connector-kit'
import type { ProblemDetail } from '@leat/contract'
import { invalid } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { type FlowNodeRow, resourceOf } from './flow-nodes.ts'

interface Place {
  readonly connector: Connector
  readonly credentials: number | null
  readonly config: JsonObject
  /** `/`-separated, without scheme and slashes at its ends. */
  readonly path: string
}

/**
 * A destination that writes below the folder that its own source reads would feed itself: each run would read what the last one delivered, for ever. Throws
 * a 400 that names both paths. Patterns of the source may leave the destination's files out, so with patterns the user decides.
 */
export async function refuseLoops(platform: Platform, nodes: readonly FlowNodeRow[]): Promise<void> {
  const places = await Promise.all(nodes.map((node) => placeOf(platform, node)))
  const sources = places.filter((place) => place?.part === 'source')
  const sinks = places.filter((place) => place?.part === 'sink')
  const details: ProblemDetail[] = []
  for (const source of sources)
    for (const sink of sinks)
      if (source && sink && feeds(sink.place, source.place)) details.push(detail(sink.place, source.place))
  if (details.length > 0) throw invalid(details, 'config_invalid')
}

function feeds(sink: Place, source: Place): boolean {
  if (sink.connector.type !== source.connector.type || sink.credentials !== source.credentials) return false
  const { config } = source
  const patterns = [config['whitelist.pathmatchers'], config['blacklist.pathmatchers']].some(
    (pattern) => typeof pattern === 'string' && pattern.trim() !== '',
  )
  if (patterns && config['path_exclusions'] !== false) return false
  return source.path === '' || sink.path === source.path || sink.path.startsWith(`${source.path}/`)
}

function detail(sink: Place, source: Place): ProblemDetail {
  return {
    field: 'sink_config.path',
    value: String(sink.config['path']),
    message: `"sink_config.path" is "${String(sink.config['path'])}", inside of "${String(source.config['path'])}", which the source of this flow reads: each run would read what the last one delivered. Write somewhere else, or leave the destination out with "blacklist.pathmatchers" of the source.`,
  }
}

async function placeOf(
  platform: Platform,
  node: FlowNodeRow,
): Promise<{ part: 'source' | 'sink'; place: Place } | null> {
  const { kind, id } = resourceOf(node)
  if (kind === 'data_sets') return null
  const part = kind === 'data_sources' ? 'source' : 'sink'
  const row = await load(platform, part, id)
  const connector = row && platform.registry.get(row.type)
  if (!row || connector?.category !== 'file') return null
  const options = connector[part]?.options
  if (options === undefined) return null
  const config = normaliseConfig(options, connector.aliases?.[part], row.config).value
  if (typeof config['path'] !== 'string') return null
  const path = config['path']
    .trim()
    .replace(/^[a-z][a-z0-9]*:\/\//i, '')
    .replaceAll(/\/{2,}/g, '/')
    .replaceAll(/^\/|\/$/g, '')
  return { part, place: { connector, credentials: row.credentials, config, path } }
}

function load({ db }: Platform, part: 'source' | 'sink', id: number) {
  return part === 'source'
    ? db
        .selectFrom('data_source')
        .select(['source_type as type', 'source_config as config', 'data_credentials_id as credentials'])
        .where('id', '=', id)
        .executeTakeFirst()
    : db
        .selectFrom('data_sink')
        .select(['sink_type as type', 'sink_config as config', 'data_credentials_id as credentials'])
        .where('id', '=', id)
        .executeTakeFirst()
}
