import { AssertionError } from 'node:assert'
import {
  requireConfig,
  toFault,
  type Connection,
  type Connector,
  type Fault,
  type JsonObject,
  type Observe,
} from '../src/index.ts'
import type { Conditions, SinkConditions, SourceConditions } from './conditions.ts'

/** The connector and the place that a law tries it in. */
export class Subject {
  readonly connector: Connector
  readonly conditions: Conditions

  constructor(connector: Connector, conditions: Conditions) {
    this.connector = connector
    this.conditions = conditions
  }

  get source(): SourceConditions {
    return this.conditions.source ?? missing('source')
  }

  get sink(): SinkConditions {
    return this.conditions.sink ?? missing('sink')
  }

  /** Opens a connection as the engine does: config normalised, driver loaded, then connected. */
  async connect(
    credentials: JsonObject = this.conditions.credentials,
    signal = never(),
    observe?: Observe,
  ): Promise<Connection> {
    const { connector, conditions } = this
    const schema = connector.credentials
    const value = schema === undefined ? {} : requireConfig(schema, connector.aliases?.credentials, credentials)
    const driver = await connector.load()
    const { allowedFolders = [], uploadFolder, inbox } = conditions.context ?? {}
    return driver.connect(value, {
      allowedFolders,
      signal,
      ...(uploadFolder === undefined ? {} : { uploadFolder }),
      ...(inbox === undefined ? {} : { inbox }),
      ...(observe && { observe }),
    })
  }

  sourceOptions(options: JsonObject = this.source.options): JsonObject {
    const { source, aliases } = this.connector
    return source === undefined ? missing('source') : requireConfig(source.options, aliases?.source, options)
  }

  sinkOptions(options: JsonObject = this.sink.options): JsonObject {
    const { sink, aliases } = this.connector
    return sink === undefined ? missing('sink') : requireConfig(sink.options, aliases?.sink, options)
  }
}

/** A member that the conditions must have for this law. */
export function missing(member: string): never {
  throw new AssertionError({ message: `the conditions of this connector must give "${member}" for this law` })
}

export function never(): AbortSignal {
  return new AbortController().signal
}

/** The fault that the work ends with; fails when it succeeds. */
export async function faultOf(work: () => Promise<unknown>, what: string): Promise<Fault> {
  try {
    await work()
  } catch (thrown) {
    return toFault(thrown)
  }
  throw new AssertionError({ message: `${what} succeeded` })
}

/** Fails when the work has not ended in time; for laws that say that something ends. */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new AssertionError({ message: `${what} did not end within ${ms} ms` })), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
