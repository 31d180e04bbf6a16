import { Fault, requireConfig, type Connection, type Connector, type JsonObject, type Unit } from '@leat/connector-kit'
import type { ConnectionTester, ConnectorRegistry, ProbeTarget } from '@leat/control-plane'
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
    signal,
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
    return { connector, connection: await driver.connect(checked, { allowedFolders, signal }) }
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
      return connection.tree({ ...request, limit: treeLimit, signal: target.signal })
    },
    async sample(target, sourceConfig) {
      const { connector, connection } = await open(target)
      await using _ = connection
      if (!connector.source || !connection.source)
        throw new Fault({
          kind: 'unsupported',
          code: 'source.not_readable',
          message: `"${target.type}" cannot be read from.`,
        })
      const { source_type: _repeated, ...config } = sourceConfig
      return sampleSource(
        connection,
        requireConfig(connector.source.options, connector.aliases?.source, config),
        target.signal,
        scratch,
      )
    },
  }
}

async function sampleSource(connection: Connection, options: JsonObject, signal: AbortSignal, scratch: string) {
  const open = connection.source as NonNullable<Connection['source']>
  await using session = open.call(connection, options)
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
