import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Inbox, InboxPart } from '@leat/connector-kit'
import { conformance, type Conditions } from '@leat/connector-kit/conformance'
import { startEmbeddedPostgres } from '@leat/control-plane/embedded-postgres'
import { inboxFolderOf, openDatabase, sourceInbox, type OpenDatabase } from '@leat/control-plane/work'
import { connectors } from '../src/connectors.gen.ts'
import type { HookedSource } from './api-client.ts'
import { OwnServer } from './own-server.ts'

/* A webhook as its connector reads it: records are posted over HTTP to a server that has no workers, and lie in its inbox. */

let server: OwnServer
let database: OpenDatabase
let sources: HookedSource[]

before(async () => {
  server = await OwnServer.start('webhook-laws', { workers: 0 })
  // Without workers an activation waits for its first run as long as it may: all at once.
  sources = await Promise.all(Array.from({ length: 12 }, (_, number) => server.api.webhook(`laws ${number}`)))
  database = openDatabase({ url: (await startEmbeddedPostgres(server.data)).url, connections: 2 })
})
after(async () => {
  await database.close()
  await server[Symbol.asyncDispose]()
})

const nexlaRest = connectors.find(({ type }) => type === 'nexla_rest') ?? assert.fail('no connector nexla_rest')

conformance(nexlaRest, {
  peer: { kind: 'real server', name: 'the inbox of a server, filled over HTTP' },
  setup,
  parts: ['source'],
})

async function setup(): Promise<Conditions> {
  const source = sources.pop() ?? assert.fail('more laws than sources')
  const inbox = sourceInbox(
    {
      database: database.db,
      folder: inboxFolderOf(server.data),
      store: () => Promise.reject(new Error('this inbox is a folder')),
    },
    source.id,
  )
  let posted = 0
  const put = async (_name: string, body: Uint8Array): Promise<void> => {
    const answer = await fetch(`${source.hosted_url}?api_key=${source.api_keys[0]!.api_key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: Buffer.from(body),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    posted += Number(((await answer.json()) as { processed: number }).processed)
  }
  return {
    credentials: {},
    context: { inbox: onceSealed(inbox, () => posted) },
    source: { options: {}, root: '', put, pages: { bytes: false } },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Files of the inbox are read when nothing is added to them any more, which takes a second: the listing waits for what was acknowledged. */
function onceSealed(inbox: Inbox, posted: () => number): Inbox {
  return {
    open: (part, offset) => inbox.open(part, offset),
    async *list() {
      let parts: readonly InboxPart[] = []
      while (parts.reduce((sum, { records }) => sum + records, 0) < posted()) {
        parts = await Array.fromAsync(inbox.list())
        await pause(50)
      }
      yield* parts
    },
  }
}
