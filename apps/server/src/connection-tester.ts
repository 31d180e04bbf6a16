import {
  Fault,
  nearest,
  requireConfig,
  toFault,
  type Connection,
  type Connector,
  type JsonObject,
  type SourceMode,
  type Unit,
} from '@leat/connector-kit'
import { PlaceFault, type ConnectionTester, type ConnectorRegistry, type ProbeTarget } from '@leat/control-plane'
import { sampleObject } from './sample-object.ts'

const treeLimit = 1000
/** Objects that a sample looks at until it finds one that holds something. */
const objectsTried = 20

/** Probes through the same drivers as runs, so that a probe fails exactly where a run would. */
export function connectionTester(
  registry: ConnectorRegistry,
  allowedFolders: readonly string[],
  scratch: string,
): ConnectionTester {
  const open = async ({
    type,
    credentials,
    ...lent
  }: ProbeTarget): Promise<{ connector: Connector; connection: Connection }> => {
    const connector = registry.get(type)
    if (connector === null)
      throw new Fault({
        kind: 'unsupported',
        code: 'connector.missing',
        message: `This server has no connector "${type}".`,
      })
    const checked = connector.credentials
      ? requireConfig(connector.credentials, connector.aliases?.credentials, credentials)
      : {}
    const driver = await connector.load()
    return {
      connector,
      connection: await driver.connect(checked, { allowedFolders, ...lent }),
    }
  }
  return {
    async check(target) {
      const { connection } = await open(target)
      await using _ = connection
      await connection.check()
    },
    async tree(target, request) {
      const { connection } = await open(target)
      await using _ = connection
      if (!connection.tree)
        throw new Fault({
          kind: 'unsupported',
          code: 'connector.no_tree',
          message: `"${target.type}" has nothing to browse.`,
        })
      return await connection.tree({ ...request, limit: treeLimit, signal: target.signal })
    },
    async dryRun(target, sourceConfig, { mode, since, checkpoint }) {
      const { connector, connection } = await open(target)
      await using _ = connection
      const { source_type: _repeated, ...config } = sourceConfig
      const options = connector.source && requireConfig(connector.source.options, connector.aliases?.source, config)
      await using session = connector.source?.hosted === true ? undefined : connection.source?.(options ?? {}, mode)
      if (session?.dryRun === undefined)
        throw new Fault({
          kind: 'unsupported',
          code: 'source.no_dry_run',
          message: `A source of type "${target.type}" makes no requests that could be shown. Its credential can be probed: POST /data_credentials/{id}/probe/sample.`,
        })
      return session.dryRun({ signal: target.signal, checkpoint, ...(since === null ? {} : { since }) })
    },
    async sample(target, sourceConfig, mode) {
      const { connector, connection } = await open(target)
      await using _ = connection
      if (!connector.source || !connection.source)
        throw new Fault({
          kind: 'unsupported',
          code: 'source.not_readable',
          message: `"${target.type}" cannot be read from.`,
        })
      const { source_type: _repeated, ...config } = sourceConfig
      return await sampleSource(
        connection,
        requireConfig(connector.source.options, connector.aliases?.source, config),
        target.signal,
        scratch,
        mode,
      )
    },
    async preflight(target, part, config) {
      const { connector, connection } = await open(target)
      await using _ = connection
      const { [`${part}_type`]: _repeated, ...given } = config
      const options = requireConfig(connector[part]!.options, connector.aliases?.[part], given)
      try {
        if (part === 'source') await listFirst(connector, connection, options, target.signal)
        else await lookAtPlace(connector, connection, options, target.signal)
      } catch (thrown) {
        const fault = toFault(thrown)
        const nearestPlace = fault.field === 'path' ? await nearestRoot(connection, options, target.signal) : null
        throw nearestPlace === null ? fault : new PlaceFault(fault, nearestPlace)
      }
    },
  }
}

/** What a run does first. What is pushed to a source has nothing to list. */
async function listFirst(connector: Connector, connection: Connection, options: JsonObject, signal: AbortSignal) {
  if (!connection.source || !connector.source?.modes.includes('poll')) return
  await using session = connection.source(options)
  for await (const _ of session.units({ signal })) return
}

/** A remote file store has the first part of a path (bucket, container, share); the folders below it are made by writing. */
async function lookAtPlace(connector: Connector, connection: Connection, options: JsonObject, signal: AbortSignal) {
  if (connector.category !== 'file' || !connector.credentials || !connection.tree) return
  await connection.tree({ path: rootOf(options), depth: 1, limit: 1, signal })
}

function rootOf(options: JsonObject): string {
  const path = String(options['path'] ?? '')
  return (
    path
      .replace(/^\w+:\/\//, '')
      .replace(/^\/+/, '')
      .split('/')[0] ?? ''
  )
}

/** The bucket (or the like) that is there and most like the one that is not; null when the login may not list them. */
async function nearestRoot(connection: Connection, options: JsonObject, signal: AbortSignal): Promise<string | null> {
  const roots = await connection.tree?.({ depth: 1, limit: treeLimit, signal }).catch(() => null)
  return nearest(
    rootOf(options),
    Object.keys(roots ?? {}).map((name) => name.replace(/\/$/, '')),
  )
}

async function sampleSource(
  connection: Connection,
  options: JsonObject,
  signal: AbortSignal,
  scratch: string,
  mode: SourceMode | undefined,
) {
  const open = connection.source as NonNullable<Connection['source']>
  await using session = open.call(connection, options, mode)
  let tried = 0
  for await (const unit of session.units({ signal })) {
    if (++tried > objectsTried) break
    const sample = await sampleUnit(session, unit, options, signal, scratch)
    if (sample !== null) return sample
  }
  return { contentType: 'text/plain', response: '' }
}

type Session = ReturnType<NonNullable<Connection['source']>>

async function sampleUnit(session: Session, unit: Unit, options: JsonObject, signal: AbortSignal, scratch: string) {
  for await (const part of session.read(unit, { checkpoint: null, signal })) {
    if (part.kind === 'object') return sampleObject(part, options, signal, scratch)
    if (part.rows.length > 0) return { contentType: 'application/json', response: tableOf(part.rows.slice(0, 100)) }
  }
  return null
}

function tableOf(rows: readonly JsonObject[]): JsonObject {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return { columns, data: rows.map((row) => columns.map((column) => row[column] ?? null)) }
}
