import { openPlayground, type PlaygroundName } from './playgrounds.ts'
import { play, type Outcome } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

/** Every scenario whose name is wanted, clean and with each defect that it has to catch, one after the other on one cluster. */
export async function playAll(
  where: PlaygroundName,
  seed: number,
  wanted: (name: string) => boolean,
  say: (line: string) => void,
): Promise<readonly Outcome[]> {
  const chosen = scenarios.filter(({ name }) => wanted(name))
  if (chosen.length === 0) return []
  const outcomes: Outcome[] = []
  await using playground = await openPlayground(where)
  for (const scenario of chosen) {
    for (const defect of [undefined, ...(scenario.catches ?? [])]) {
      const outcome = { ...(await play(scenario, playground, seed, defect)), where }
      outcomes.push(outcome)
      const mark = outcome.findings.length === 0 ? '✔' : '✖'
      const what = defect === undefined ? scenario.name : `${scenario.name}, planted: ${defect}`
      say(`${mark} ${where}: ${what} (${outcome.seconds.toFixed(1)} s)`)
      for (const finding of outcome.findings) say(finding)
    }
  }
  return outcomes
}
