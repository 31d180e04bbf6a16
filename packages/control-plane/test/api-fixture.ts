import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '@leat/connector-kit'
import type { FastifyInstance } from 'fastify'
import { digest, issueToken, newServiceKey } from '../src/auth/tokens.ts'
import { openVault } from '../src/auth/vault.ts'
import { openDatabase, type OpenDatabase } from '../src/database/connection.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { firstStart } from '../src/database/first-start.ts'
import { migrate } from '../src/database/migrate.ts'
import { buildApi } from '../src/http/server.ts'
import type { Platform } from '../src/platform.ts'
import { connectorRegistry } from '../src/registry.ts'
import { parseCron } from '../src/schedule/cron.ts'
import { bucketStore, queue, uploads } from './api-connectors.ts'
import { FakeData, FakeRuns, FakeTester } from './api-fakes.ts'

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
      registry: connectorRegistry([bucketStore, uploads, queue]),
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

/** Body of a source that reads a bucket. */
export const s3Source = (credential: number, config: object = {}, extra: object = {}) => ({
  name: 'Orders',
  source_type: 's3',
  data_credentials_id: credential,
  source_config: { path: 'raw/orders', ...config },
  ...extra,
})
