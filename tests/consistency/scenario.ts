import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import type { Defect } from './defects.ts'
import { findings, type Verdict } from './judge.ts'
import type { WorkerPlan } from './suite-worker.ts'
import type { WorkerTeam } from './worker-team.ts'

/** What one run of a scenario works with: a cluster without workers, and a name that no other run has. */
export interface Stage {
  readonly cluster: Cluster
  readonly name: string
  readonly random: () => number
  /** Folder that incidents and defects remember things in. */
  readonly memory: string
  /** As many workers as the shape has; with the planted defect when this run is to fail. They end with the scenario. */
  workers(plan?: WorkerPlan): Promise<WorkerTeam>
  /** Planted in this run; scenarios that plant something themselves look at it. */
  readonly defect: Defect | ServerDefect | undefined
  /** Something to end with the scenario. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T
}

/** Defects of what runs beside the workers. */
export type ServerDefect = 'retention that removes too early'

export interface Scenario {
  readonly name: string
  /** With these planted it must find something. */
  readonly catches?: readonly (Defect | ServerDefect)[]
  run(stage: Stage): Promise<Verdict>
}

export interface Outcome {
  readonly scenario: string
  /** The playground, when there are several. */
  readonly where?: string
  readonly defect: string | undefined
  readonly verdict: Verdict | undefined
  /** What is wrong: of a clean run, anything that was found; of a run with a defect, that nothing was. */
  readonly findings: readonly string[]
  readonly seconds: number
}

/** Where scenarios are played: a cluster without workers of its own, and how many workers the suite gives it at a time. */
export interface Playground extends AsyncDisposable {
  readonly cluster: Cluster
  readonly workers: number
}

/** Runs a scenario once, clean or with a defect, and says what is wrong with the result. */
export async function play(
  scenario: Scenario,
  { cluster, workers }: Playground,
  seed: number,
  defect?: Defect | ServerDefect,
): Promise<Outcome> {
  const { WorkerTeam: Team } = await import('./worker-team.ts')
  const { randomFrom } = await import('../../tools/fuzz/random.ts')
  const began = performance.now()
  const name = `${scenario.name}${defect === undefined ? '' : ` ${defect}`}`.replaceAll(/[^a-z0-9]+/gi, '-')
  const memory = join(cluster.base, 'memory', name)
  const teams: WorkerTeam[] = []
  let verdict: Verdict | undefined
  let found: readonly string[]
  try {
    await using stack = new AsyncDisposableStack()
    verdict = await scenario.run({
      cluster,
      name,
      memory,
      defect,
      random: randomFrom(seed),
      async workers(plan = {}) {
        const planted = defect !== undefined && defect !== 'retention that removes too early' ? { defect } : {}
        const team = stack.use(await Team.start(cluster, memory, workers, { ...planted, ...plan }))
        teams.push(team)
        return team
      },
      use: (resource) => stack.use(resource),
    })
    found = findings(verdict)
  } catch (error) {
    found = defect === undefined ? [told(error, cluster, teams)] : []
    if (defect !== undefined) found = [`broke instead of being judged: ${told(error, cluster, teams)}`]
  }
  const seconds = (performance.now() - began) / 1000
  if (defect === undefined) return { scenario: scenario.name, defect, verdict, findings: found, seconds }
  const wrong = verdict === undefined ? found : found.length === 0 ? ['the planted defect was not caught'] : []
  return { scenario: scenario.name, defect, verdict, findings: wrong, seconds }
}

function told(error: unknown, cluster: Cluster, teams: readonly WorkerTeam[]): string {
  const reason =
    error instanceof Error
      ? `${error.stack ?? error.message}${error.cause ? `\ncause: ${String(error.cause)}` : ''}`
      : String(error)
  const tails = teams
    .flatMap((team) => team.tails)
    .map((tail, index) => `worker ${index}:\n${tail.slice(-12).join('\n')}`)
  return [reason, ...tails, 'servers:', ...cluster.log.slice(-12)].join('\n')
}
