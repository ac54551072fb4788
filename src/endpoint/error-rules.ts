import { readPath } from '../vocabulary/paths.ts'
import type { ErrorRule } from '../vocabulary/provider.ts'
import { type MatchableReply, matchesReply } from '../vocabulary/reply-match.ts'

/** What the first rule that means a reply makes of it. Profiles with such rules bring this along. */
export function readByRules(rules: readonly ErrorRule[] = [], reply: MatchableReply) {
  const rule = rules.find((one) => matchesReply(reply, one))
  return rule && { error: rule.error, errorDescription: readPath(reply, rule.description ?? []) }
}
