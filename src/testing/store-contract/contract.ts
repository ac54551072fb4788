import type { StoreContractCase } from './contract-case.ts'
import { lockContract } from './lock-contract.ts'
import { recordContract } from './record-contract.ts'
import { subscribeContract } from './subscribe-contract.ts'

export type { CreateStores, StoreContractCase } from './contract-case.ts'

/**
 * What every `TokenStore` promises, as cases for any test runner. It does not test durability: a runner of tests
 * cannot crash. Whether listeners are let go is tested where the runtime offers `gc()` (Node.js: `--expose-gc`).
 *
 * @example
 * for (const { name, run } of tokenStoreContract()) test(name, () => run(() => [myStore(), myStore()]))
 */
export function tokenStoreContract(): readonly StoreContractCase[] {
  return [...recordContract, ...lockContract, ...subscribeContract]
}
