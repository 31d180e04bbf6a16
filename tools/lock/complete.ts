/** What of a package-lock.json (version 3) matters here. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const systems = ['darwin', 'linux', 'win32', 'freebsd', 'openbsd', 'netbsd', 'android', 'openharmony', 'sunos', 'aix']
const processors: readonly (readonly [RegExp, string])[] = [
  [/arm64|aarch64/, 'arm64'],
  [/x64|x86_64/, 'x64'],
  [/wasm32/, 'wasm32'],
  [/ia32|i686/, 'ia32'],
  [/riscv64/, 'riscv64'],
  [/ppc64|powerpc64/, 'ppc64'],
  [/s390x/, 's390x'],
  [/loong64/, 'loong64'],
  [/mips64el/, 'mips64el'],
  [/arm/, 'arm'],
]

/** The packages with what is missing, in npm's order, and the names of what was added. */
export function completed(lock: Lock): { readonly packages: Lock['packages']; readonly added: readonly string[] } {
  const packages: Record<string, LockedPackage> = { ...lock.packages }
  const added: string[] = []
  for (const [at, { dev, devOptional, optionalDependencies }] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(optionalDependencies ?? {})) {
      if (isResolved(at, name, packages)) continue
      const platform = platformOf(name)
      // Without a platform it is no build of something but a real choice, which only npm can resolve.
      if (platform === null) continue
      const place = `node_modules/${name}` in packages ? `${at}/node_modules/${name}` : `node_modules/${name}`
      packages[place] = {
        version: range.replace(/^[\^~]/, ''),
        ...platform,
        ...(dev || devOptional ? { dev: true } : {}),
        optional: true,
      }
      added.push(`${name}@${range}`)
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
  return { packages: added.length === 0 ? lock.packages : sorted, added }
}

/** As Node looks it up: beside the package, then in each folder above. */
function isResolved(from: string, name: string, packages: Lock['packages']): boolean {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if ((at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`) in packages) return true
    if (at === '') return false
    if (!at.includes('node_modules/')) at = ''
  }
}

/** `@duckdb/node-bindings-linux-arm64-musl` -> linux, arm64, musl. Null when the name tells no platform. */
export function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | null {
  const last = name.slice(name.lastIndexOf('/') + 1)
  const os = systems.find((each) => last.includes(each)) ?? (/windows|win(?=-|$)/.test(last) ? 'win32' : undefined)
  const cpu = processors.find(([pattern]) => pattern.test(last))?.[1]
  if (os === undefined && cpu === undefined) return null
  const libc = os === 'linux' ? (last.includes('musl') ? 'musl' : /gnu/.test(last) ? 'glibc' : undefined) : undefined
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
    ...(os === undefined ? {} : { os: [os] }),
  }
}
