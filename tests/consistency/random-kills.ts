import { setTimeout as pause } from 'node:timers/promises'
import { Cluster, type ClusterSettings } from './cluster.ts'
import { diagnose } from './diagnosis.ts'
import { judgeFlow, localEnds, settled, startFlow, type Ends, type Flow } from './flow.ts'
import { addVerdicts, findings, type Verdict } from './judge.ts'
import { Operations } from './operations.ts'
import { kill, within } from './processes.ts'
import { randomFrom } from './records.ts'
import { RecoveryWatch } from './recovery.ts'
import { s3Ends, startStore } from './s3-ends.ts'

/** Shapes of the platform in which the same must hold. */
export const shapes = ['one server', 'three workers', 'two servers'] as const
export type Shape = (typeof shapes)[number]

export interface KillFigures {
  readonly shape: Shape
  /** Processes that got SIGKILL from the suite. */
  readonly kills: Readonly<Record<Victim, number>>
  readonly records: number
  readonly verdict: Verdict
  readonly operations: Operations['counts']
  readonly slowestSeconds: number
  readonly medianSeconds: number
  readonly seconds: number
  readonly findings: readonly string[]
}

type Victim = 'worker' | 'server' | 'postgres'

const everySecond = '* * * * * ?'
/** Between two kills, on the average. */
const meanMs = 750
const mostPiled = 10
/** Kills after which nothing has been committed yet. */
const mostWaiting = 6

/** Beyond any recovery that is well: whoever is not through by then waits for something that does not come. */
const deadlineSeconds = (wanted: number): number => 150 + 2 * wanted

interface Going {
  cluster?: Cluster
  readonly flows: Flow[]
  readonly signal: AbortSignal
}

/**
 * Real servers, files that keep coming, and processes that get SIGKILL at random moments until `wanted` of them were killed. A failure says
 * the seed and who waits for what; nothing is left running, whatever happens.
 */
export async function killAtRandom(
  shape: Shape,
  wanted: number,
  seed: number,
  say: (line: string) => void,
): Promise<KillFigures> {
  await using stack = new AsyncDisposableStack()
  const ending = new AbortController()
  const going: Going = { flows: [], signal: ending.signal }
  const seconds = deadlineSeconds(wanted)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not through after ${seconds} s`)), seconds * 1000)
  const work = killAndJudge(shape, wanted, seed, say, going, stack)
  try {
    return await Promise.race([work, late.promise])
  } catch (error) {
    const seen = going.cluster ? await diagnose(going.cluster, going.flows) : []
    const what = error instanceof Error ? error.message : String(error)
    throw new Error([`${shape}, ${wanted} kills, seed ${seed}: ${what}`, ...seen].join('\n'), { cause: error })
  } finally {
    clearTimeout(timer)
    ending.abort()
    await within(15_000, work)
  }
}

async function killAndJudge(
  shape: Shape,
  wanted: number,
  seed: number,
  say: (line: string) => void,
  going: Going,
  stack: AsyncDisposableStack,
): Promise<KillFigures> {
  const began = performance.now()
  const random = randomFrom(seed)
  const { flows, signal } = going
  const s3 = shape === 'two servers' ? stack.adopt(await startStore(), (server) => server.stop()) : undefined
  const cluster = stack.use(await Cluster.start({ ...settingsOf(shape), ...(s3 && { store: s3 }) }))
  going.cluster = cluster
  const ends: Ends[] = [localEnds(cluster, 'files')]
  ends.push(s3 ? await s3Ends(await cluster.client(), s3, 'objects') : localEnds(cluster, 'more'))
  for (const [index, end] of ends.entries())
    flows.push(await startFlow(cluster, `flow${index}`, end, { cron: everySecond, first: { records: 100, bad: 1 } }))
  const operations = new Operations(cluster, random)
  await operations.start()

  await using watch = new RecoveryWatch(cluster, async (seconds) => {
    say(`  ${shape}: nothing was committed for ${seconds} s after a kill`)
    for (const line of await diagnose(cluster, flows)) say(`    ${line}`)
  })
  const feeding = new AbortController()
  const fed = AbortSignal.any([feeding.signal, signal])
  const feeds = flows.map((flow) => feed(flow, random, watch, fed))
  const kills: Record<Victim, number> = { worker: 0, server: 0, postgres: 0 }
  const early: string[] = []
  const sum = (): number => kills.worker + kills.server + kills.postgres
  let judged = 0
  while (sum() < wanted) {
    await pause(random() * 2 * meanMs, undefined, { signal })
    // On a slow machine too, kills meet a platform that works: a few may come while it recovers, not all.
    while (watch.waiting >= mostWaiting) await pause(20, undefined, { signal })
    const dead = await strike(cluster, random, wanted - sum())
    for (const victim of dead) kills[victim]++
    if (dead.length > 0) watch.killed()
    await operations.once()
    if (sum() - judged < 40) continue
    judged = sum()
    say(`  ${shape}: ${judged} of ${wanted} killed`)
    for (const [index, flow] of flows.entries())
      early.push(
        ...findings(await judgeFlow(cluster, flow, ends[index]!, true)).map((text) => `before the end: ${text}`),
      )
  }
  while (watch.waiting > 0) await pause(100, undefined, { signal })
  feeding.abort()
  await Promise.all(feeds)
  for (const flow of flows) await settled(cluster, flow, 90)
  const verdict = addVerdicts(await Promise.all(flows.map((flow, index) => judgeFlow(cluster, flow, ends[index]!))))
  return {
    shape,
    kills,
    records: flows.reduce((total, { stream }) => total + stream.records + stream.bad, 0),
    verdict,
    operations: operations.counts,
    slowestSeconds: watch.slowest,
    medianSeconds: watch.median,
    seconds: (performance.now() - began) / 1000,
    findings: [...early, ...findings(verdict), ...(await operations.findings())],
  }
}

function settingsOf(shape: Shape): ClusterSettings {
  if (shape === 'one server') return { servers: 1, workers: 2, postgres: 'embedded', leaseSeconds: 2 }
  if (shape === 'three workers') return { servers: 1, workers: 3, postgres: 'embedded', leaseSeconds: 2 }
  return { servers: 2, workers: 2, postgres: 'apart', leaseSeconds: 2 }
}

/** Files that keep coming; while nothing is committed a few pile up, not more than the end of the run can read. */
async function feed({ stream }: Flow, random: () => number, watch: RecoveryWatch, signal: AbortSignal): Promise<void> {
  let seen = ''
  let since = 0
  while (!signal.aborted) {
    if (seen !== watch.progress) since = 0
    seen = watch.progress
    if (since++ < mostPiled)
      await stream.write({ records: 50 + Math.floor(random() * 300), bad: random() < 0.3 ? 1 : 0 })
    await pause(100 + random() * 400)
  }
}

/** One random moment: a worker, all workers of a server, a server, PostgreSQL, or several of these at once. */
async function strike(cluster: Cluster, random: () => number, most: number): Promise<readonly Victim[]> {
  const index = Math.floor(random() * cluster.serverCount)
  const workers = await cluster.workerPids(index)
  const dead: Victim[] = []
  const worker = (pid: number | undefined): void => void (pid !== undefined && kill(pid) && dead.push('worker'))
  const rarely = random() < 0.2
  const server = (): void =>
    void ((cluster.isReady(index) || rarely) && cluster.killServer(index) && dead.push('server'))
  const postgres = async (): Promise<void> => void ((await cluster.killPostgres()) && dead.push('postgres'))
  const dice = random()
  if (dice < 0.55) worker(workers[Math.floor(random() * workers.length)])
  else if (dice < 0.65) workers.slice(0, most).forEach(worker)
  else if (dice < 0.77) server()
  else if (dice < 0.9) await postgres()
  else {
    // Together, in any order.
    const first = async (): Promise<void> => worker(workers[0])
    const moments = [async (): Promise<void> => server(), postgres, first].slice(0, most)
    if (random() < 0.5) moments.reverse()
    for (const moment of moments) await moment()
  }
  return dead
}
