import { SmallRuns, type Holdings } from '../tools/small-runs.ts'

const flows = 8
const looks = 8

/** What a platform holds while it does many small runs in a row: rows of a table. */
export async function leaks(total: number): Promise<readonly (readonly [string, string])[]> {
  await using runs = await SmallRuns.start(flows)
  const each = Math.ceil(total / flows / looks)
  const seen: Holdings[] = []
  const start = performance.now()
  for (let look = 0; look < looks; look++) {
    await runs.run(each)
    seen.push(await runs.look())
  }
  const seconds = (performance.now() - start) / 1000
  const row = (what: keyof Holdings): string => seen.map((one) => one[what]).join(' → ')
  return [
    ['after so many runs', row('runs')],
    ['resident memory of server and workers, MB', row('residentMb')],
    ['open file descriptors', row('descriptors')],
    ['temporary files', row('temporaryFiles')],
    ['files in the segment store that no row knows', row('orphans')],
    ['runs a second', (seen.at(-1)!.runs / seconds).toFixed(1)],
  ]
}
