import type {
  Connection,
  Connector,
  JsonObject,
  ObjectPart,
  Observe,
  Part,
  SourceSession,
  Writer,
} from '@leat/connector-kit'
import { memory } from '../src/index.ts'

/** The memory connector with one defect. */
export interface Mutant {
  readonly law: number
  readonly defect: string
  readonly connector: Connector
  /** Options of the source and the sink that the defect needs to show. */
  readonly source?: JsonObject
  readonly sink?: JsonObject
  /** As destination of records that come as CSV (`csvTable`). */
  readonly csv?: true
}

export interface Defects {
  readonly spec?: Partial<Connector>
  readonly connection?: (inner: Connection, credentials: JsonObject) => Partial<Connection>
  readonly session?: (inner: SourceSession) => Partial<SourceSession>
  readonly part?: (inner: Part) => Partial<ObjectPart>
  readonly writer?: (inner: Writer, credentials: JsonObject) => Partial<Writer>
  readonly observe?: (inner: Observe, credentials: JsonObject) => Observe
}

/** A copy of an object with other members; those that stay still act on the original. */
export function over<T extends object>(inner: T, defects: Partial<T> | undefined): T {
  const copy: Record<PropertyKey, unknown> = {}
  for (
    let from: object | null = inner;
    from !== null && from !== Object.prototype;
    from = Object.getPrototypeOf(from) as object | null
  ) {
    for (const key of Reflect.ownKeys(from)) {
      const value: unknown = Reflect.get(inner, key)
      // Not `bind`: `await using` of Node 24 takes a bound function for no function.
      if (!(key in copy))
        copy[key] = typeof value === 'function' ? (...given: unknown[]) => Reflect.apply(value, inner, given) : value
    }
  }
  return Object.assign(copy, defects) as T
}

export function mutant({ spec, connection, session, part, writer, observe }: Defects): Connector {
  return {
    ...memory,
    ...spec,
    load: async () => ({
      connect: async (credentials, context) => {
        const driver = await memory.load()
        const told = context.observe && observe ? { observe: observe(context.observe, credentials) } : {}
        const inner = await driver.connect(credentials, { ...context, ...told })
        const faulty = over<Connection>(inner, connection?.(inner, credentials))
        return over<Connection>(faulty, {
          source: (options) => mutateSession(faulty.source!(options), session, part),
          openWriter: async (request) => {
            const opened = await faulty.openWriter!(request)
            return over(opened, writer?.(opened, credentials))
          },
        })
      },
    }),
  }
}

function mutateSession(inner: SourceSession, session: Defects['session'], part: Defects['part']): SourceSession {
  const faulty = over(inner, session?.(inner))
  if (part === undefined) return faulty
  return over<SourceSession>(faulty, {
    read: async function* (unit, request) {
      for await (const piece of faulty.read(unit, request)) yield over(piece, part(piece)) as Part
    },
  })
}

/** Each piece of a stream, changed. */
export async function* map<T, R>(stream: AsyncIterable<T>, change: (value: T, index: number) => R): AsyncIterable<R> {
  let index = 0
  for await (const value of stream) yield change(value, index++)
}
