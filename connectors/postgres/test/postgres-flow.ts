import { createHash } from 'node:crypto'
import { requireConfig, type Connection, type JsonObject, type Unit } from '@leat/connector-kit'
import { deliver, ingest, listUnits } from '../../../packages/engine/src/index.ts'
import { EngineFlow } from '../../../packages/engine/test/engine-fixture.ts'
import { credentialsFor, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { postgres } from '../src/postgres.connector.ts'

const never = new AbortController().signal

/** PostgreSQL -> nexset -> PostgreSQL through the engine, with its ledger in memory. */
export class PostgresFlow implements AsyncDisposable {
  readonly engine: EngineFlow
  readonly server: PostgresServer
  readonly database: string

  private constructor(engine: EngineFlow, server: PostgresServer, database: string) {
    this.engine = engine
    this.server = server
    this.database = database
  }

  static async create(server: PostgresServer): Promise<PostgresFlow> {
    return new PostgresFlow(await EngineFlow.create(), server, await server.createDatabase())
  }

  get credentials(): JsonObject {
    return credentialsFor(this.server, this.database)
  }

  async connect(signal = never, more: JsonObject = {}): Promise<Connection> {
    const driver = await postgres.load()
    const credentials = requireConfig(postgres.credentials!, postgres.aliases?.credentials, {
      ...this.credentials,
      ...more,
    })
    return driver.connect(credentials, { allowedFolders: [], signal })
  }

  sql(text: string): Promise<readonly Readonly<Record<string, string | null>>[]> {
    return this.server.query(this.database, text)
  }

  /** One run of a source; incremental sources go on from their checkpoint. */
  async read(options: JsonObject): Promise<void> {
    const source = {
      id: 1,
      name: 'source',
      type: 'postgres',
      options: requireConfig(postgres.source!.options, {}, options),
      connect: (signal: AbortSignal) => this.connect(signal),
    }
    const units: Unit[] = []
    for await (const unit of listUnits(source, this.engine.ports, null, never)) units.push(unit)
    for (const unit of units) {
      const id = idOf(unit)
      const checkpoint = this.engine.ledger.checkpoints.get(id)?.checkpoint ?? null
      await ingest({ source, runId: 1, units: [{ id, epoch: 1, unit, checkpoint }] }, this.engine.ports, never)
    }
  }

  async write(options: JsonObject, nexsetId = this.engine.nexset().head.id): Promise<void> {
    const sink = {
      id: 7,
      name: 'out',
      type: 'postgres',
      nexsetId,
      options: requireConfig(postgres.sink!.options, {}, options),
      connect: (signal: AbortSignal) => this.connect(signal),
    }
    await deliver(sink, this.engine.ports, never)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]()
  }
}

function idOf(unit: Unit): number {
  const digest = createHash('sha1').update(`${unit.key}\n${unit.version}`).digest('hex')
  return Number.parseInt(digest.slice(0, 12), 16)
}
