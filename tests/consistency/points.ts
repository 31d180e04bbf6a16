import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Writer } from '@leat/connector-kit'
import type { Nodes } from '@leat/control-plane/work'
import type { Ports } from '@leat/engine'
import type { Between } from '../../apps/server/src/run-worker.ts'

/** The moments between which a worker changes something outside of itself. */
export const steps = ['put', 'commitIngest', 'commitDerive', 'write', 'prepare', 'stage', 'commit', 'settle'] as const
export type Step = (typeof steps)[number]
export type Point = `${'before' | 'after'}-${Step}`
export const points = steps.flatMap((step): Point[] => [`before-${step}`, `after-${step}`])

/** What happens to a worker that reaches the point first. */
export interface Incident {
  readonly point: Point
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  /** Folder that remembers which incidents have happened, so that each happens to one process, once. */
  readonly memory: string
}

/** True for the one who comes first, in all processes. */
export function isFirst(memory: string, what: string): boolean {
  try {
    writeFileSync(join(memory, what), String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

/** A worker that is killed, or stopped in the middle, at a point. */
export function befall({ point, signal, memory }: Incident): Between {
  const reach = async (reached: Point): Promise<void> => {
    if (reached !== point || !isFirst(memory, `${signal}-${point}`)) return
    process.kill(process.pid, signal)
    // The signal needs a moment; a process that was killed does not come back from here.
    if (signal === 'SIGKILL') await new Promise(() => undefined)
    await pause(1)
  }
  const around =
    <Args extends unknown[], Result>(step: Step, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await reach(`before-${step}`)
      const result = await call(...args)
      await reach(`after-${step}`)
      return result
    }
  return {
    ports: (ports) => portsAround(ports, around),
    nodes: (nodes) =>
      withWriter(nodes, (writer) =>
        writerLike(writer, {
          write: around('write', (batch) => writer.write(batch)),
          prepare: around('prepare', () => writer.prepare()),
          commit: around('commit', (token) => writer.commit(token)),
        }),
      ),
  }
}

type Around = <Args extends unknown[], Result>(
  step: Step,
  call: (...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>

function portsAround(ports: Ports, around: Around): Ports {
  const { ledger, segments } = ports
  return {
    ...ports,
    segments: partsOf(segments, { put: around('put', (file: string, key: string) => segments.put(file, key)) }),
    ledger: partsOf(ledger, {
      commitIngest: around('commitIngest', (commit) => ledger.commitIngest(commit)),
      commitDerive: around('commitDerive', (commit) => ledger.commitDerive(commit)),
      stage: around('stage', (stage) => ledger.stage(stage)),
      settle: around('settle', (sinkId, tokenId, extra) => ledger.settle(sinkId, tokenId, extra)),
    }),
  }
}

/** `whole` with some members replaced; the rest goes to it. */
export function partsOf<T extends object>(whole: T, replaced: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      if (name in replaced) return replaced[name as keyof T]
      const value: unknown = Reflect.get(target, name, target)
      // Not `bind`: V8 does not take a bound function for the dispose method of an `await using`.
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value
    },
  })
}

export function writerLike(writer: Writer, replaced: Partial<Writer>): Writer {
  return partsOf(writer, replaced)
}

/** Every writer that a sink opens goes through `change`. */
export function withWriter(nodes: Nodes, change: (writer: Writer) => Writer): Nodes {
  return partsOf(nodes, {
    async sink(id) {
      const sink = await nodes.sink(id)
      return {
        ...sink,
        async connect(signal) {
          const connection = await sink.connect(signal)
          const open = connection.openWriter?.bind(connection)
          return open === undefined
            ? connection
            : partsOf(connection, { openWriter: async (request) => change(await open(request)) })
        },
      }
    },
  })
}
