import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  connector,
  Fault,
  fileSinkAliases,
  fileSinkFields,
  fileSourceAliases,
  fileSourceFields,
  type Schema,
} from '@leat/connector-kit'
import { confineSelect } from '@leat/transforms'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { digest, issueToken, newServiceKey } from '../src/auth/tokens.ts'
import { openVault } from '../src/auth/vault.ts'
import type { ConnectionTester } from '../src/credentials/connection-tester.ts'
import type { DataReader, QuarantineFilter, SqlQuery } from '../src/data-reader.ts'
import { jsonb } from '../src/database/column.ts'
import { openDatabase, type OpenDatabase } from '../src/database/connection.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { firstStart } from '../src/database/first-start.ts'
import { migrate } from '../src/database/migrate.ts'
import { buildApi } from '../src/http/server.ts'
import type { Platform } from '../src/platform.ts'
import { connectorRegistry } from '../src/registry.ts'
import type { RunControl, RunTrigger } from '../src/run-control.ts'
import { parseCron } from '../src/schedule/cron.ts'

const never = () => Promise.reject(new Error('the API does not load drivers in these tests'))

export const bucketStore = connector({
  type: 's3',
  title: 'Bucket store',
  description: 'Stands for a file store in tests of the API',
  category: 'file',
  credentials: z.strictObject({
    access_key: z.string().meta({ title: 'Access key' }),
    secret_key: z.string().meta({ title: 'Secret key', secret: true }),
    region: z.string().default('us-east-1').meta({ title: 'Region' }),
  }),
  aliases: {
    credentials: { access_key_id: 'access_key', secret_access_key: 'secret_key' },
    source: fileSourceAliases,
    sink: fileSinkAliases,
  },
  source: {
    options: z.strictObject({ ...fileSourceFields, path: z.string().meta({ title: 'Path' }) }),
    modes: ['poll'],
  },
  sink: {
    options: z.strictObject({ ...fileSinkFields, path: z.string().meta({ title: 'Path' }) }),
    accepts: ['parquet', 'csv', 'ndjson'],
    delivery: 'effectively_once',
    fences: false,
    rejects_rows: false,
  },
  load: never,
})

export const uploads = connector({
  type: 'file_upload',
  title: 'File upload',
  description: 'Stands for the upload source',
  category: 'file',
  source: {
    options: z.strictObject({ ...fileSourceFields, path: z.string().optional().meta({ title: 'Path' }) }),
    modes: ['push'],
  },
  load: never,
})

export const orderSchema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
    { name: 'total', type: { kind: 'decimal', precision: 18, scale: 2 } },
    {
      name: 'lines',
      type: {
        kind: 'list',
        element: { kind: 'struct', fields: [{ name: 'qty', type: { kind: 'scalar', name: 'INTEGER' } }] },
      },
    },
  ],
}

/** Plays the runner: a started run "detects" one nexset and ends at once, with some metrics and a log line. */
export class FakeRuns implements RunControl {
  readonly calls: string[] = []
  readonly #open: OpenDatabase
  #lastRun = Date.now()

  constructor(open: OpenDatabase) {
    this.#open = open
  }

  async startRun(sourceId: number, trigger: RunTrigger): Promise<number> {
    this.calls.push(`startRun ${sourceId} ${trigger}`)
    const { db } = this.#open
    const source = await db.selectFrom('data_source').selectAll().where('id', '=', sourceId).executeTakeFirstOrThrow()
    const id = ++this.#lastRun
    await db
      .insertInto('run')
      .values({
        id,
        org_id: source.org_id,
        data_source_id: sourceId,
        trigger,
        status: 'DONE',
        listed: true,
        config_version: source.config_version,
      })
      .execute()
    const nexset = await this.#detect(source)
    const day = new Date().toISOString().slice(0, 10)
    for (const [node_kind, node_id] of [
      ['data_source', sourceId],
      ['data_set', nexset],
    ] as const)
      await db
        .insertInto('metric')
        .values({
          node_kind,
          node_id,
          run_id: id,
          day,
          org_id: source.org_id,
          read: 10,
          written: 9,
          refused: 1,
          taken: 10,
          kept: 9,
          held: 1,
          bytes: 900,
          bytes_read: 1000,
        })
        .execute()
    const node = await db
      .selectFrom('flow_node')
      .select('id')
      .where('data_source_id', '=', sourceId)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('flow_log')
      .values({
        org_id: source.org_id,
        origin_node_id: node.id,
        node_kind: 'data_source',
        node_id: sourceId,
        run_id: id,
        severity: 'INFO',
        message: `Run started (${trigger}).`,
      })
      .execute()
    return id
  }

  async #detect(source: { id: number; org_id: number; owner_id: number; name: string }): Promise<number> {
    const { db } = this.#open
    const known = await db
      .selectFrom('data_set')
      .select('id')
      .where('data_source_id', '=', source.id)
      .executeTakeFirst()
    if (known) return known.id
    const { id } = await db
      .insertInto('data_set')
      .values({
        org_id: source.org_id,
        owner_id: source.owner_id,
        name: source.name,
        data_source_id: source.id,
        schema: jsonb(orderSchema),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const node = await db
      .selectFrom('flow_node')
      .select('id')
      .where('data_source_id', '=', source.id)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('flow_node')
      .values({ org_id: source.org_id, parent_node_id: node.id, origin_node_id: node.id, data_set_id: id })
      .execute()
    return id
  }

  async awaitDetection(sourceId: number, timeoutMs: number): Promise<void> {
    this.calls.push(`awaitDetection ${sourceId} ${timeoutMs}`)
  }
  async sourceChanged(sourceId: number): Promise<void> {
    this.calls.push(`sourceChanged ${sourceId}`)
  }
  async pauseSource(sourceId: number): Promise<void> {
    this.calls.push(`pauseSource ${sourceId}`)
  }
  async wakeFollower(kind: 'data_set' | 'data_sink', id: number): Promise<void> {
    this.calls.push(`wakeFollower ${kind} ${id}`)
  }
  async cancelRun(runId: number): Promise<void> {
    this.calls.push(`cancelRun ${runId}`)
  }
}

/** Says what it was asked; `fault` makes it fail like a driver whose message holds a secret. */
export class FakeTester implements ConnectionTester {
  fault: Fault | null = null
  async #answer<T>(value: T): Promise<T> {
    if (this.fault) throw this.fault
    return value
  }
  check = () => this.#answer(undefined)
  tree = () => this.#answer({ raw: { type: 'folder', value: {} } } as const)
  preflight = () => this.#answer(undefined)
  dryRun = () => this.#answer([])
  sample = () => this.#answer({ contentType: 'text/plain', response: '{"id":1}' })
}

export class FakeData implements DataReader {
  readonly queries: SqlQuery[] = []
  async samples(nexsetId: number, count: number) {
    return [
      {
        record: { id: '9007199254740993', nexset: nexsetId, count },
        origin: 'raw/orders/1.json',
        ordinal: 0,
        runId: 1,
        committedAt: 1_764_000_000_000,
      },
    ]
  }
  async quarantine({ files, offset, limit }: QuarantineFilter) {
    return files
      .flatMap((file) =>
        Array.from({ length: file.records }, (_, ordinal) => ({
          key: file.key,
          origin: 'a.json',
          ordinal,
          code: 'json.syntax',
          reason: 'unexpected end',
          raw: Buffer.from(`{"broken": ${ordinal}`),
        })),
      )
      .slice(offset, offset + limit)
  }
  async query(query: SqlQuery) {
    this.queries.push(query)
    confineSelect(
      query.sql,
      query.nexsetIds.map((id) => `nexset_${id}`),
      'query',
    )
    return { columns: [{ name: 'n', type: 'BIGINT' }], rows: [['1']], truncated: false }
  }
}

export interface Member {
  readonly userId: number
  readonly orgId: number
  readonly key: string
  readonly token: string
}

export interface Answer<T = unknown> {
  readonly status: number
  readonly body: T
  readonly headers: Headers
}

/** The whole API on a real PostgreSQL, with fakes of what runs and reads behind it. */
export class TestApi {
  readonly folder: string
  readonly open: OpenDatabase
  readonly platform: Platform & { readonly runs: FakeRuns; readonly tester: FakeTester; readonly data: FakeData }
  readonly app: FastifyInstance
  readonly port: number
  readonly owner: Member
  readonly logged: string[]
  readonly #postgres: EmbeddedPostgres

  private constructor(
    parts: Pick<TestApi, 'folder' | 'open' | 'platform' | 'app' | 'port' | 'owner' | 'logged'>,
    postgres: EmbeddedPostgres,
  ) {
    this.folder = parts.folder
    this.open = parts.open
    this.platform = parts.platform
    this.app = parts.app
    this.port = parts.port
    this.owner = parts.owner
    this.logged = parts.logged
    this.#postgres = postgres
  }

  static async start(options: { readonly uploadLimit?: number } = {}): Promise<TestApi> {
    const folder = await mkdtemp(join(tmpdir(), 'leat-api-'))
    const postgres = await startEmbeddedPostgres(folder)
    const open = openDatabase({ url: postgres.url })
    await migrate(open.pool)
    const { serviceKey } = await firstStart(open.db, { dataFolder: folder })
    const vault = await openVault({ db: open.db, dataFolder: folder })
    const logged: string[] = []
    const platform = {
      db: open.db,
      vault,
      registry: connectorRegistry([bucketStore, uploads]),
      runs: new FakeRuns(open),
      data: new FakeData(),
      tester: new FakeTester(),
      planSink: async () => ({ changes: [{ what: 'Create the table orders.' }], rows: null, waiting: 0, counted: 0 }),
      checkTransform: (transform: Readonly<Record<string, unknown>>) => {
        if ('operation' in transform)
          throw new Fault({
            kind: 'config',
            code: 'transform.shape_invalid',
            field: 'operations',
            message: '"operation" is not known. Did you mean "operations"?',
          })
      },
      checkCron: (text: string) => void parseCron(text),
      dataFolder: folder,
      hooks: { url: (path: string) => `http://leat.example/hooks/${path}`, changed: () => undefined },
      uploadLimit: options.uploadLimit ?? 1024 * 1024,
      log: (...line: unknown[]) => void logged.push(JSON.stringify(line)),
    }
    const app = await buildApi({ platform, checkResponses: true })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const token = await issueToken(open.db, { orgId: 1, userId: 1 })
    const owner = { userId: 1, orgId: 1, key: serviceKey!, token }
    return new TestApi({ folder, open, platform, app, port, owner, logged }, postgres)
  }

  async stop(): Promise<void> {
    await this.app.close()
    await this.open.close()
    await this.#postgres.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  async call<T = Record<string, never>>(
    method: string,
    path: string,
    request: { readonly as?: Member | null; readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const member = request.as === undefined ? this.owner : request.as
    const form = request.body instanceof FormData
    const response = await fetch(`http://127.0.0.1:${this.port}/api${path}`, {
      method,
      headers: {
        ...(member ? { authorization: `Bearer ${member.token}` } : {}),
        ...(form ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body === undefined
        ? {}
        : {
            body: form
              ? (request.body as FormData)
              : typeof request.body === 'string'
                ? request.body
                : JSON.stringify(request.body),
          }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T, headers: response.headers }
  }

  /** A user with a service key and a token: in a new organisation, or as a plain member of an existing one. */
  async member(orgId?: number): Promise<Member> {
    const { db } = this.open
    const org =
      orgId ?? (await db.insertInto('org').values({ name: 'Elsewhere' }).returning('id').executeTakeFirstOrThrow()).id
    const name = randomBytes(4).toString('hex')
    const user = await db
      .insertInto('app_user')
      .values({ email: `${name}@example.com`, full_name: name, default_org_id: org })
      .returning('id')
      .executeTakeFirstOrThrow()
    await db
      .insertInto('org_member')
      .values({ org_id: org, user_id: user.id, is_admin: orgId === undefined })
      .execute()
    const key = newServiceKey()
    await db
      .insertInto('service_key')
      .values({ org_id: org, user_id: user.id, key_hash: digest(key) })
      .execute()
    return { userId: user.id, orgId: org, key, token: await issueToken(db, { orgId: org, userId: user.id }) }
  }

  /** Credential, active source with one nexset, child nexset and sink, and a lookup of one entry; all of the owner. */
  async flow(): Promise<{
    credential: number
    source: number
    nexset: number
    child: number
    sink: number
    lookup: number
    origin: number
  }> {
    const credential = (
      await this.call<{ id: number }>('POST', '/data_credentials', {
        body: {
          name: `c-${randomBytes(3).toString('hex')}`,
          credentials_type: 's3',
          credentials: { access_key_id: 'AKIA', secret_access_key: plantedSecret },
        },
      })
    ).body.id
    const source = (
      await this.call<{ id: number }>('POST', '/data_sources', {
        body: {
          name: 'Orders',
          source_type: 's3',
          data_credentials_id: credential,
          source_config: { path: 'raw/orders' },
        },
      })
    ).body.id
    const activated = await this.call<{ data_sets: { id: number }[]; flows: { id: number }[] }>(
      'PUT',
      `/data_sources/${source}/activate`,
    )
    const nexset = activated.body.data_sets[0]!.id
    const child = (
      await this.call<{ id: number }>('POST', '/data_sets', {
        body: {
          name: 'Lines',
          parent_data_set_id: nexset,
          has_custom_transform: true,
          transform: { version: 1, operations: [] },
        },
      })
    ).body.id
    const sink = (
      await this.call<{ id: number }>('POST', '/data_sinks', {
        body: {
          name: 'Out',
          sink_type: 's3',
          data_credentials_id: credential,
          data_set_id: child,
          sink_config: { path: 'out/orders', data_format: 'parquet' },
        },
      })
    ).body.id
    const lookup = (
      await this.call<{ id: number }>('POST', '/data_maps', {
        body: { name: 'Regions', data_type: 'string', map_primary_key: 'code', data_map: [{ code: 'eu' }] },
      })
    ).body.id
    return { credential, source, nexset, child, sink, lookup, origin: activated.body.flows[0]!.id }
  }
}

export const plantedSecret = 'plAnted/Secret+0123456789'
