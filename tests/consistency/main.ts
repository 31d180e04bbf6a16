import { parseArgs } from 'node:util'
import { Cluster } from './cluster.ts'
import { play, type Outcome } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, only: { type: 'string' }, kills: { type: 'string' } },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const outcomes: Outcome[] = []
await using cluster = await Cluster.start({ servers: 1, workers: 0, postgres: 'apart', leaseSeconds: 1 })
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cluster[Symbol.asyncDispose]().finally(() => process.exit(130)))
for (const scenario of scenarios.filter(({ name }) => values.only === undefined || name.includes(values.only))) {
  for (const defect of [undefined, ...(scenario.catches ?? [])]) {
    const outcome = await play(scenario, cluster, seed, defect)
    outcomes.push(outcome)
    const mark = outcome.findings.length === 0 ? '✔' : '✖'
    console.log(
      `${mark} ${scenario.name}${defect === undefined ? '' : ` with "${defect}"`} (${outcome.seconds.toFixed(1)} s)`,
    )
    for (const finding of outcome.findings) console.log(finding)
  }
}
if (outcomes.some(({ findings }) => findings.length > 0)) process.exitCode = 1
