export { chaos } from './chaos.connector.ts'
export { resetChaos } from './chaos-driver.ts'
export { failurePoints } from './failures.ts'
export type { Failure, FailurePoint } from './failures.ts'
