import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, type Connector, type JsonObject, type Part, type SourceSession } from '@leat/connector-kit'
import { laws, tryLaw } from '@leat/connector-kit/conformance'
import { rest } from '../src/rest.connector.ts'
import { filesOfList, pagesByCursor } from './record-server.ts'

/** The laws as they are for pages (LAW-3 and others where objects are no units), each with defects that it catches. */
const mutants: readonly {
  readonly law: number
  readonly defect: string
  readonly session: (inner: SourceSession) => Partial<SourceSession>
  readonly setup?: typeof filesOfList
}[] = [
  {
    law: 3,
    defect: 'pages that come once only',
    session: (inner) => ({
      async *read(unit, request) {
        if (seen.has(unit.key)) return
        seen.add(unit.key)
        yield* inner.read(unit, request)
      },
    }),
  },
  {
    law: 4,
    defect: 'a checkpoint that is ignored',
    session: (inner) => ({ read: (unit, request) => inner.read(unit, { ...request, checkpoint: null }) }),
  },
  {
    law: 4,
    defect: 'a page that is lost',
    session: (inner) => ({ read: (unit, request) => skip(1, inner.read(unit, request)) }),
  },
  {
    law: 13,
    defect: 'origins that cannot be told apart',
    setup: filesOfList,
    session: (inner) => ({
      async *read(unit, request) {
        for await (const part of inner.read(unit, request))
          yield { ...part, origin: part.origin.replaceAll('%25', '%') } as Part
      },
    }),
  },
  {
    law: 18,
    defect: 'a part that asks again when it is opened again',
    session: (inner) => ({
      async *read(unit, request) {
        for await (const part of inner.read(unit, request))
          yield part.kind === 'object' ? { ...part, open: () => bytesOf(inner.read(unit, request)) } : part
      },
    }),
  },
  {
    law: 19,
    defect: 'a part that can be opened once only',
    session: (inner) => ({
      async *read(unit, request) {
        for await (const part of inner.read(unit, request)) {
          if (part.kind !== 'object') yield part
          else {
            const once = part.open()
            yield { ...part, open: () => once }
          }
        }
      },
    }),
  },
  {
    law: 20,
    defect: 'a version that stays for the next run',
    session: (inner) => ({
      async *units(request) {
        for await (const unit of inner.units(request)) yield { ...unit, version: 'always' }
      },
    }),
  },
  {
    law: 23,
    defect: 'bodies that are taken for Latin-1',
    session: (inner) => ({
      async *read(unit, request) {
        for await (const part of inner.read(unit, request))
          yield part.kind === 'object' ? { ...part, open: () => asLatin1(part.open()) } : part
      },
    }),
  },
]

const seen = new Set<string>()

for (const { law: number, defect, session, setup = pagesByCursor } of mutants)
  test(`MUTANT law ${number} catches, with pages, ${defect}`, async () => {
    const law = laws.find((candidate) => candidate.number === number)!
    const broken = await tryLaw(withBroken(session), law, setup).then(
      () => assert.fail(`law ${number} does not notice: ${defect}`),
      (error: unknown) => error,
    )
    assert.ok(broken instanceof assert.AssertionError || broken instanceof Fault, String(broken))
  })

function withBroken(session: (inner: SourceSession) => Partial<SourceSession>): Connector {
  return {
    ...rest,
    load: async () => {
      const driver = await rest.load()
      return {
        connect: async (credentials: JsonObject, context) => {
          const inner = await driver.connect(credentials, context)
          return {
            check: () => inner.check(),
            source: (options) => withDefects(inner.source!(options), session),
            [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
          }
        },
      }
    },
  }
}

function withDefects(inner: SourceSession, session: (inner: SourceSession) => Partial<SourceSession>): SourceSession {
  return {
    units: (request) => inner.units(request),
    read: (unit, request) => inner.read(unit, request),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    ...session(inner),
  }
}

async function* skip<T>(index: number, stream: AsyncIterable<T>): AsyncGenerator<T> {
  let at = 0
  for await (const one of stream) if (at++ !== index) yield one
}

async function* bytesOf(parts: AsyncIterable<Part>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) if (part.kind === 'object') yield* part.open()
}

async function* asLatin1(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield Buffer.from(Buffer.from(piece).toString('latin1'))
}
