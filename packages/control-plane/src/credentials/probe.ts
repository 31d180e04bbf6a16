import { type Connection, type Connector, Fault, type JsonObject, type ObjectPart, normaliseConfig, requireConfig, type RowsPart } from '@leat/connector-kit'
import type { ConnectorRegistry } from '../registry.ts'
import type { ConnectionTester, ProbeTarget } from './connection-tester.ts'

/**
 * Reads the first records of one object as `{columns, data}`: decompressed and parsed as the config says. The engine implements it; without it,
 * or when it cannot, a sample shows the first lines as they are.
 */
export type SampleObject = (part: ObjectPart, options: JsonObject, limit: number, signal: AbortSignal) => Promise<{ readonly columns: readonly string[]; readonly data: readonly JsonObject[] }>

export interface TesterSettings {
  readonly registry: ConnectorRegistry
  readonly allowedFolders: readonly string[]
  readonly sampleObject?: SampleObject
}

const treeLimit = 1000
const sampleRecords = 20
const sampleBytes = 64 * 1024

/** Tries connections with the drivers themselves. */
export function connectionTester(settings: TesterSettings): ConnectionTester {
  const connected = async <T>(target: ProbeTarget, work: (connection: Connection, connector: Connector) => Promise<T>): Promise<T> => {
    const connector = settings.registry.get(target.type)
    if (!connector) throw new Fault({ kind: 'unsupported', code: 'connector.unknown', message: `There is no connector "${target.type}" on this server.` })
    const credentials = connector.credentials ? requireConfig(connector.credentials, connector.aliases?.credentials, target.credentials) : {}
    const driver = await connector.load()
    await using connection = await driver.connect(credentials, { allowedFolders: settings.allowedFolders, signal: target.signal })
    return await work(connection, connector)
  }
  return {
    check: (target) => connected(target, (connection) => connection.check()),

    tree: (target, request) =>
      connected(target, async (connection, connector) => {
        if (!connection.tree) throw new Fault({ kind: 'unsupported', code: 'connector.no_tree', message: `${connector.title} cannot list what it holds.` })
        return connection.tree({ ...request, limit: treeLimit, signal: target.signal })
      }),

    sample: (target, config) =>
      connected(target, async (connection, connector) => {
        if (!connector.source || !connection.source)
          throw new Fault({ kind: 'unsupported', code: 'connector.no_source', message: `${connector.title} cannot be read from, so there is nothing to sample.` })
        const { value, issues } = normaliseConfig(connector.source.options, connector.aliases?.source, config)
        if (issues[0]) throw new Fault({ kind: 'config', code: 'config.invalid', field: issues[0].field, message: issues.map((issue) => issue.message).join(' ') })
        await using session = connection.source(value)
        for await (const unit of session.units({ signal: target.signal })) {
          for await (const part of session.read(unit, { checkpoint: null, signal: target.signal })) {
            if (part.kind === 'rows' && part.rows.length === 0) continue
            return part.kind === 'rows' ? sampleOfRows(part) : sampleOfObject(settings, part, value, target.signal)
          }
        }
        throw new Fault({ kind: 'not_found', code: 'probe.nothing_found', field: 'path', message: `There is nothing to read at ${JSON.stringify(config['path'] ?? '')}. Probe the tree to see what is there.` })
      }),
  }
}

function sampleOfRows(part: RowsPart) {
  const data = part.rows.slice(0, sampleRecords)
  const columns = [...new Set(data.flatMap((row) => Object.keys(row)))]
  return { contentType: 'application/json', response: { columns, data } }
}

async function sampleOfObject({ sampleObject }: TesterSettings, part: ObjectPart, options: JsonObject, signal: AbortSignal) {
  const bytes = await firstBytes(part, signal)
  if (looksLikeText(bytes)) return { contentType: 'text/plain', response: firstLines(bytes) }
  if (sampleObject) {
    const { columns, data } = await sampleObject(part, options, sampleRecords, signal)
    return { contentType: 'application/json', response: { columns: [...columns], data: [...data] } }
  }
  return { contentType: 'application/octet-stream;base64', response: bytes.subarray(0, 1024).toString('base64') }
}

async function firstBytes(part: ObjectPart, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of part.open({ signal })) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= sampleBytes) break
  }
  return Buffer.concat(chunks).subarray(0, sampleBytes)
}

/** A multi-byte character may be cut at the end, so the last three bytes do not count. */
function looksLikeText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, bytes.length < sampleBytes ? bytes.length : bytes.length - 3))
  return !text.includes('\uFFFD') || text.indexOf('\uFFFD') >= text.length - 1
}

function firstLines(bytes: Buffer): string {
  const lines = bytes.toString('utf8').split('\n')
  if (bytes.length === sampleBytes && lines.length > 1) lines.pop()
  return lines.slice(0, sampleRecords).join('\n')
}
