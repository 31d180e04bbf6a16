import { existsSync } from 'node:fs'
import path from 'node:path'
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser'
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-options'
import extractTypeScriptConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { root, sourceFiles, type Check, type Outcome } from './check.ts'

const folders = ['packages', 'connectors', 'apps', 'tools', 'bench', 'tests']
const isSource = (file: string): boolean =>
  /\.tsx?$/.test(file) && !file.endsWith('.d.ts') && folders.some((folder) => file.startsWith(`${folder}/`))

/** Who imports whom, by the rules of .dependency-cruiser.cjs and by what a spec file reaches without loading its driver. */
export const boundaries: Check = {
  name: 'boundaries',
  remedy: 'Move the code or turn the dependency round; the rules and their reasons stand in .dependency-cruiser.cjs.',
  async run(): Promise<Outcome> {
    const files = (await sourceFiles()).filter((file) => isSource(file) && existsSync(path.join(root, file)))
    const result = await cruiseRepository(root)
    return judge(result, files)
  },
}

/** Cruises a folder laid out like this repository. */
export async function cruiseRepository(folder: string): Promise<ICruiseResult> {
  const before = process.cwd()
  // dependency-cruiser resolves tsconfig and rules against the working directory.
  process.chdir(folder)
  try {
    const options = await extractConfig(path.join(root, '.dependency-cruiser.cjs'))
    const present = folders.filter((each) => existsSync(path.join(folder, each)))
    const { output } = await cruise(present, { ...options, validate: true, baseDir: folder }, undefined, {
      tsConfig: extractTypeScriptConfig(path.join(root, 'tsconfig.json')),
    })
    if (typeof output === 'string') throw new Error('dependency-cruiser gave a report instead of a result')
    return output
  } finally {
    process.chdir(before)
  }
}

/** Violations, spec files that are not pure, and source files that were not looked at. */
export function judge(result: ICruiseResult, files: readonly string[]): Outcome {
  const violations = result.summary.violations
    .filter((each) => each.rule.severity === 'error')
    .map((each) => `${each.rule.name}: ${each.from} → ${each.to}`)
  const cruised = new Set(result.modules.map((each) => each.source))
  const missed = files.filter((file) => !cruised.has(file)).map((file) => `not cruised: ${file}`)
  const lines = [...violations, ...impureSpecs(result.modules), ...missed]
  return lines.length > 0
    ? { ok: false, lines }
    : {
        ok: true,
        lines: [`${files.length} source files, ${result.summary.totalDependenciesCruised ?? 0} dependencies`],
      }
}

/**
 * A `*.connector.ts` is imported to list connectors. What it reaches without import() may come from zod, the kit and other spec
 * files' own modules, so that listing 55 connectors loads not one driver.
 */
export function impureSpecs(modules: readonly IModule[]): readonly string[] {
  const byName = new Map(modules.map((each) => [each.source, each]))
  return modules.filter((each) => each.source.endsWith('.connector.ts')).flatMap((spec) => impureFrom(spec, byName))
}

function impureFrom(spec: IModule, byName: ReadonlyMap<string, IModule>): readonly string[] {
  const found: string[] = []
  const seen = new Set<string>()
  const queue = [spec]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const dependency of at.dependencies) {
      if (dependency.dynamic || dependency.typeOnly === true || seen.has(dependency.resolved)) continue
      seen.add(dependency.resolved)
      if (dependency.resolved.startsWith('packages/connector-kit/') || /node_modules\/zod\//.test(dependency.resolved))
        continue
      const next = byName.get(dependency.resolved)
      if (dependency.resolved.startsWith('connectors/') && next !== undefined) queue.push(next)
      else found.push(`spec-file-is-pure-data: ${spec.source} reaches ${dependency.resolved} through ${at.source}`)
    }
  }
  return found
}
