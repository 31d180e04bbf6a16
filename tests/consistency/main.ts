/**
 * npm run consistency [-- --seed N] [-- --kills N] [-- --only WORDS] [-- --in PLAYGROUND]
 *
 * Every scenario, clean and with its planted defects, with one worker, with three, and with two servers; then kill -9 at random moments in each shape of the platform. Ends with a table of
 * figures, and with 1 when anything was found.
 */
import { parseArgs } from 'node:util'
import { Cluster } from './cluster.ts'
import { report, type Figures } from './report.ts'
import { killAtRandom } from './random-kills.ts'
import { playAll } from './play-all.ts'
import { playgrounds } from './playgrounds.ts'
import { shapes } from './shapes.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    /** Of all shapes together; 0 leaves the random kills out. */
    kills: { type: 'string', default: '200' },
    /** Scenarios and shapes whose names have these words in them. */
    only: { type: 'string' },
    /** Scenarios in this playground alone. */
    in: { type: 'string' },
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
const places = playgrounds.filter((name) => values.in === undefined || name === values.in)
if (places.length === 0) {
  console.error(`--in "${values.in}" is none of the playgrounds; there are: ${playgrounds.join(', ')}`)
  process.exit(2)
}
say(`seed ${seed}`)
const outcomes = []
for (const where of places) outcomes.push(...(await playAll(where, seed, wanted, say)))
const figures: Figures = { outcomes, kills: [] }
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
  `Repeat it with: npm run consistency -- --seed ${seed} --kills ${kills}${values.only === undefined ? '' : ` --only "${values.only}"`}${values.in === undefined ? '' : ` --in "${values.in}"`}`,
)
process.exit(1)
