/**
 * npm run consistency [-- --seed N] [-- --kills N] [-- --only WORDS]
 *
 * Every scenario, clean and with its planted defects, then kill -9 at random moments in each shape of the platform. Ends with a table of
 * figures, and with 1 when anything was found.
 */
import { parseArgs } from 'node:util'
import { Cluster } from './cluster.ts'
import { report, type Figures } from './report.ts'
import { killAtRandom } from './random-kills.ts'
import { playAll } from './play-all.ts'
import { shapes } from './shapes.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    /** Of all shapes together; 0 leaves the random kills out. */
    kills: { type: 'string', default: '200' },
    /** Scenarios and shapes whose names have these words in them. */
    only: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const kills = Number(values.kills)
const wanted = (name: string): boolean => values.only === undefined || name.includes(values.only)
const say = (line: string): void => console.log(line)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.allSettled([...Cluster.running].map((cluster) => cluster[Symbol.asyncDispose]())).then(() =>
      process.exit(130),
    )
  })
}
say(`seed ${seed}`)
const figures: Figures = { outcomes: await playAll(seed, wanted, say), kills: [] }
const chosen = shapes.filter((shape) => kills > 0 && wanted(shape))
for (const [index, shape] of chosen.entries()) {
  const share = Math.floor(kills / chosen.length) + (index < kills % chosen.length ? 1 : 0)
  say(`\n${shape}: ${share} kills`)
  try {
    figures.kills.push(await killAtRandom(shape, share, seed + index, say))
  } catch (error) {
    figures.broken = `${shape}: ${error instanceof Error ? error.stack : String(error)}`
    break
  }
}
const verdict = report(figures)
say(verdict.text)
if (verdict.ok) process.exit(0)
say(
  `Repeat it with: npm run consistency -- --seed ${seed} --kills ${kills}${values.only === undefined ? '' : ` --only "${values.only}"`}`,
)
process.exit(1)
