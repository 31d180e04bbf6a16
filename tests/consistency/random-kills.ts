import { setTimeout as pause } from 'node:timers/promises'
import type { PostgresServer } from '../../tools/peers/postgres.ts'
import type { Cluster } from './cluster.ts'
import { diagnose } from './diagnosis.ts'
import { judgeFlow, settled, type Flow } from './flow.ts'
import { addVerdicts, findings, type Verdict } from './judge.ts'
import { Operations } from './operations.ts'
import { kill, within } from './processes.ts'
import { randomFrom } from '../../tools/fuzz/random.ts'
import { RecoveryWatch } from './recovery.ts'
import { build, type Shape } from './shapes.ts'

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

type Victim = 'worker' | 'server' | 'postgres' | 'destination'

/** Between two kills, on the average. */
const meanMs = 750
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
  const { cluster, lanes, destination } = await build(shape, stack, random, (started) => void (going.cluster = started))
  flows.push(...lanes.map(({ flow }) => flow))
  const operations = new Operations(cluster, random)
  await operations.start()

  await using watch = new RecoveryWatch(cluster, async (seconds) => {
    say(`  ${shape}: nothing was committed for ${seconds} s after a kill`)
    for (const line of await diagnose(cluster, flows)) say(`    ${line}`)
  })
  const feeding = new AbortController()
  const enough = AbortSignal.any([feeding.signal, signal])
  const feeds = lanes.map((lane) => lane.feed(random, watch, enough, signal))
  const far = new Destination(destination)
  const kills: Record<Victim, number> = { worker: 0, server: 0, postgres: 0, destination: 0 }
  const early: string[] = []
  const sum = (): number => kills.worker + kills.server + kills.postgres + kills.destination
  let judged = 0
  while (sum() < wanted) {
    await pause(random() * 2 * meanMs, undefined, { signal })
    // On a slow machine too, kills meet a platform that works: a few may come while it recovers, not all.
    while (watch.waiting >= mostWaiting) await pause(20, undefined, { signal })
    const dead = await strike(cluster, far, random, wanted - sum())
    for (const victim of dead) kills[victim]++
    if (dead.length > 0) watch.killed()
    await operations.once()
    if (sum() - judged < 40) continue
    judged = sum()
    say(`  ${shape}: ${judged} of ${wanted} killed`)
    // A destination that is just starting cannot be read; it is judged in the end.
    for (const { flow, ends } of lanes)
      early.push(
        ...(await judgeFlow(cluster, flow, ends, true).then(findings, () => [])).map(
          (text) => `before the end: ${text}`,
        ),
      )
  }
  while (watch.waiting > 0) await pause(100, undefined, { signal })
  feeding.abort()
  await Promise.all(feeds)
  await far.isUp()
  for (const flow of flows) await settled(cluster, flow, 90)
  const verdict = addVerdicts(await Promise.all(lanes.map(({ flow, ends }) => judgeFlow(cluster, flow, ends))))
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

/** The server of the destinations, when there is one: started again as soon as it was killed. */
class Destination {
  readonly #server: PostgresServer | undefined
  #raising: Promise<void> | undefined

  constructor(server: PostgresServer | undefined) {
    this.#server = server
  }

  kill(): boolean {
    if (this.#server === undefined || this.#raising || !kill(this.#server.pid())) return false
    this.#raising = this.#server.crash().finally(() => (this.#raising = undefined))
    return true
  }

  async isUp(): Promise<void> {
    await this.#raising
  }
}

/** One random moment: a worker, all workers of a server, a server, PostgreSQL, or several of these at once. */
async function strike(
  cluster: Cluster,
  far: Destination,
  random: () => number,
  most: number,
): Promise<readonly Victim[]> {
  const index = Math.floor(random() * cluster.serverCount)
  const workers = await cluster.workerPids(index)
  const dead: Victim[] = []
  const worker = (pid: number | undefined): void => void (pid !== undefined && kill(pid) && dead.push('worker'))
  const rarely = random() < 0.2
  const server = (): void =>
    void ((cluster.isReady(index) || rarely) && cluster.killServer(index) && dead.push('server'))
  const postgres = async (): Promise<void> => void ((await cluster.killPostgres()) && dead.push('postgres'))
  if (random() < 0.2 && far.kill()) return ['destination']
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
