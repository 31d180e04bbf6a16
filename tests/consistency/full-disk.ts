import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster } from './cluster.ts'
import type { Defect } from './defects.ts'
import { follow, judgeFlow, localEnds, openWork, settled, startFlow, until, type Flow } from './flow.ts'
import { addVerdicts, type Verdict } from './judge.ts'
import { randomFrom } from '../../tools/fuzz/random.ts'
import { SuiteWorker } from './suite-worker.ts'
import { WebhookSenders } from './webhook-senders.ts'

/** Disks that get full, one after the other. */
export const places = ['segment store', 'destination', 'inbox', 'PostgreSQL'] as const
export type Place = (typeof places)[number]

export interface FullDiskFigures {
  readonly verdict: Verdict
  /** What the platform said of each full disk. */
  readonly said: Readonly<Partial<Record<Place, string>>>
}

/** A small disk in memory for the folder; throws when this process may not mount. */
function mountSmall(folder: string, megabytes: number): Disposable {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'leat-full-disk', folder], {
    stdio: 'pipe',
  })
  return { [Symbol.dispose]: () => void execFileSync('umount', ['-l', folder], { stdio: 'pipe' }) }
}

/** Why this machine cannot have disks of its own; null when it can. */
export function whyNoDisk(folder: string): string | null {
  try {
    mountSmall(folder, 1)[Symbol.dispose]()
    return null
  } catch (error) {
    return `no disk of its own can be mounted here (this needs root): ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`
  }
}

/** Takes all the room that is left. */
async function fill(folder: string): Promise<void> {
  const file = await open(join(folder, 'ballast'), 'w')
  try {
    for (const size of [1 << 20, 1 << 12]) {
      const block = Buffer.alloc(size)
      while (
        await file.write(block).then(
          ({ bytesWritten }) => bytesWritten === size,
          () => false,
        )
      )
        continue
    }
  } finally {
    await file.close()
  }
}

/** No two of its characters are alike for long, so that it takes the room that it takes. */
const large = Array.from({ length: 4000 }, (_, at) => (at * 7919).toString(36)).join('')

const isSaid = /full|no space|not enough space/i

/** Files and pushed records flow while one disk after the other has no room; each gets room again when the platform has said what is wrong. */
export async function fillDisks(which: readonly Place[], seed: number, defect?: Defect): Promise<FullDiskFigures> {
  const random = randomFrom(seed)
  await using stack = new AsyncDisposableStack()
  const folders = new Map<Place, string>()
  const base = await mkdtemp(join(tmpdir(), 'leat-full-disk-'))
  stack.defer(() => rm(base, { recursive: true, force: true, maxRetries: 5 }))
  const prepare = async (): Promise<void> => {
    const sizes = {
      'segment store': ['server-0/segments', 48],
      destination: ['files/disk/all', 48],
      inbox: ['server-0/inbox', 24],
      PostgreSQL: ['postgres', 320],
    } as const
    for (const place of which) {
      const [path, megabytes] = sizes[place]
      const folder = join(base, path)
      await mkdir(folder, { recursive: true })
      const disk = mountSmall(folder, megabytes)
      stack.defer(() => disk[Symbol.dispose]())
      folders.set(place, folder)
    }
  }
  const cluster = stack.use(
    await Cluster.start({ servers: 1, workers: 0, postgres: 'apart', leaseSeconds: 2, base, prepare }),
  )
  const workers = [0, 1].map(() => SuiteWorker.start(cluster, join(cluster.base, 'memory'), defect ? { defect } : {}))
  for (const worker of await Promise.all(workers)) stack.use(worker)

  const ends = localEnds(cluster, 'disk')
  const flow = await startFlow(cluster, 'disk', ends, { cron: '* * * * * ?', first: { records: 200, bad: 1 } })
  const hookEnds = { source: { type: 'nexla_rest', config: {} }, outlet: localEnds(cluster, 'hooks').outlet }
  const hooks = new WebhookSenders('hooks')
  hooks.arrived = () => hookEnds.outlet.rows('all')
  const pushed = await follow(cluster, hooks, hookEnds, undefined, async (sourceId, client) => {
    await hooks.find(client, sourceId)
    await hooks.post(cluster, 20, random)
  })
  await settled(cluster, flow)
  const token = await (await cluster.client()).getAccessToken()
  const said: Partial<Record<Place, string>> = {}
  for (const place of which) {
    const folder = folders.get(place)!
    await fill(folder)
    await flow.stream.write({ records: 400, bad: 1 })
    said[place] = await until(`the platform says that the disk of the ${place} is full`, () =>
      complaint(place, cluster, flow, hooks, random, token),
    )
    await rm(join(folder, 'ballast'))
    await cluster.revivePostgres()
    await hooks.post(cluster, 30, random)
    await flow.stream.write({ records: 400 })
    if (defect === undefined) for (const one of [flow, pushed]) await settled(cluster, one, 90)
    else
      await until('the runs are over', async () => (await openWork(cluster, flow))?.includes(' 0 runs going') !== false)
  }
  return {
    said,
    verdict: addVerdicts([await judgeFlow(cluster, flow, ends), await judgeFlow(cluster, pushed, hookEnds)]),
  }
}

/** What the platform says of the full disk, to whom it concerns. */
async function complaint(
  place: Place,
  cluster: Cluster,
  flow: Flow,
  hooks: WebhookSenders,
  random: () => number,
  token: string,
): Promise<string | undefined> {
  if (place === 'inbox') {
    await hooks.post(cluster, 200, random)
    // Senders are told that their records were not taken; whose disk it is concerns the operator, in the log.
    const line = cluster.log.find((text) => text.includes('inbox write failed') && isSaid.test(text))
    return line !== undefined && hooks.lastRefusal?.includes('could not be written durably') ? line : undefined
  }
  if (place === 'PostgreSQL') {
    const answer = await fetch(`${cluster.address(0)}/api/data_sources`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: `large ${Date.now()}`,
        description: large,
        source_type: 'local_file',
        source_config: { path: 'nowhere' },
      }),
      signal: AbortSignal.timeout(10_000),
    })
    const text = await answer.text()
    return !answer.ok && isSaid.test(text) ? text : undefined
  }
  const { rows } = await cluster.database.pool.query(
    `select problem->>'message' as message from data_source where id = $1 and problem is not null
     union all select problem->>'message' from run where data_source_id = $1 and problem is not null
     union all select problem->>'message' from data_sink where id = $2 and problem is not null`,
    [flow.sourceId, flow.plainSinkId],
  )
  return (rows as { message: string }[]).map(({ message }) => message).find((message) => isSaid.test(message))
}
