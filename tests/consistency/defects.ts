import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault, type Token, type Unit } from '@leat/connector-kit'
import type { Nodes } from '@leat/control-plane/work'
import type { Ledger, Ports, SegmentStore } from '@leat/engine'
import type { Between } from '../../apps/server/src/run-worker.ts'
import { partsOf, withWriter, writerLike } from './points.ts'

/**
 * Workers that are wrong in one way each. The scenario that a defect is planted in has to fail; a suite that passes with one of these proves
 * nothing.
 */
export const defects = {
  'progress before delivery': (): Between => ({ ports: (ports) => ({ ...ports, ledger: settlesFirst(ports.ledger) }) }),
  'commit that is not idempotent': (): Between => ({
    nodes: (nodes) => withWriter(nodes, (writer) => writerLike(writer, { commit: publishAnew })),
  }),
  'no fencing': (): Between => ({
    ports: (ports, open) => ({
      ...ports,
      ledger: unfenced(ports, async (text, values) => void (await open.pool.query(text, [...values]))),
    }),
  }),
  'quarantine that swallows': (): Between => ({
    ports: (ports) => ({
      ...ports,
      ledger: partsOf(ports.ledger, {
        commitIngest: (commit) => ports.ledger.commitIngest({ ...commit, quarantine: [] }),
      }),
    }),
  }),
  'full store that counts as written': (): Between => ({
    ports: (ports) => ({ ...ports, segments: partsOf(ports.segments, { put: putOrNot(ports.segments) }) }),
  }),
  'cursor that skips equal values': (memory: string): Between => ({ nodes: (nodes) => newerOnly(nodes, memory) }),
} as const satisfies Record<string, (memory: string) => Between>

export type Defect = keyof typeof defects

/** Marks the batch delivered in the step that only stages it. */
function settlesFirst(ledger: Ledger): Ledger {
  return partsOf(ledger, {
    async stage(request) {
      const staged = await ledger.stage(request)
      await ledger.settle(request.sinkId, staged.id, { commitMs: 0 })
      return staged
    },
  })
}

/** Each commit writes files of its own. */
async function publishAnew(token: Token): Promise<void> {
  const { files } = token as { files: readonly { staged: string; final: string }[] }
  for (const { staged, final } of files) {
    const target = final.replace(/(\.\w+)$/, `~${randomBytes(4).toString('hex')}$1`)
    await mkdir(dirname(target), { recursive: true })
    await copyFile(staged, target)
  }
}

function putOrNot(store: SegmentStore): SegmentStore['put'] {
  return (file, key) =>
    store.put(file, key).catch((error: unknown) => {
      if (!/full|space/i.test(String(error))) throw error
      return { bytes: 1000 }
    })
}

type Run = (text: string, values: readonly unknown[]) => Promise<void>

/** Takes the epoch of the newest holder for its own whenever the ledger says that somebody else holds the work. */
function unfenced({ ledger }: Ports, run: Run): Ledger {
  const insisting = async <T>(work: () => Promise<T>, insist: () => Promise<void>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Fault) || (error.kind !== 'fenced' && error.kind !== 'cancelled')) throw error
      await insist()
      return work()
    }
  }
  return partsOf(ledger, {
    commitIngest: (commit) =>
      insisting(
        () => ledger.commitIngest(commit),
        async () => {
          await run(`update run set status = 'RUNNING' where id = $1`, [commit.runId])
          for (const { unitId, epoch } of commit.progress)
            await run(`update unit set epoch = $2, status = 'LEASED' where id = $1`, [unitId, epoch])
        },
      ),
    commitDerive: (commit) =>
      insisting(
        () => ledger.commitDerive(commit),
        () =>
          run('update data_set set epoch = $2, cursor_seq = least(cursor_seq, $3) where id = $1', [
            commit.nexsetId,
            commit.epoch,
            commit.upTo,
          ]),
      ),
    stage: (request) =>
      insisting(
        () => ledger.stage(request),
        () => run('update data_sink set epoch = $2 where id = $1', [request.sinkId, request.epoch]),
      ),
  })
}

/** An incremental source that asks for files changed after the newest one it has seen: `>` where it should be `>=`. */
function newerOnly(nodes: Nodes, memory: string): Nodes {
  return partsOf(nodes, {
    async source(id) {
      const source = await nodes.source(id)
      return {
        ...source,
        async connect(signal) {
          const connection = await source.connect(signal)
          const open = connection.source?.bind(connection)
          if (open === undefined) return connection
          return partsOf(connection, {
            source(options) {
              const session = open(options)
              return partsOf(session, {
                units: (request) => after(join(memory, `cursor-${id}`), session.units(request)),
              })
            },
          })
        },
      }
    },
  })
}

async function* after(file: string, units: AsyncIterable<Unit>): AsyncGenerator<Unit> {
  const cursor = Number(await readFile(file, 'utf8').catch(() => '0'))
  let newest = cursor
  for await (const unit of units) {
    if ((unit.modified_at ?? 0) <= cursor) continue
    newest = Math.max(newest, unit.modified_at ?? 0)
    yield unit
  }
  await writeFile(file, String(newest))
}
