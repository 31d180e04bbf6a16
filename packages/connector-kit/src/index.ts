export * from './contract.ts'
export * from './faults.ts'
export * from './schema.ts'
