import { formatCount, formatRatio } from '../format.ts'
import { exactly } from '../goals.ts'
import { costOf, ratioOf } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { runProcess } from '../tools/run-process.ts'

/**
 * Who reads a reply: bare fetch, which clones and parses it first or does not; tokenwell, with a rule about successes or without
 * one. With a picture in place of the JSON where it says so.
 */
export type Reader = 'bare' | 'bareLooking' | 'withoutRule' | 'withRule' | 'barePicture' | 'withRulePicture'

export interface JudgedRepliesReport {
  /** Nanoseconds a call, by round. */
  readonly costs: [Reader, readonly number[]][]
  /** The most clones that tokenwell with the rule made of one reply: of JSON of 64 KiB, and of what is nobody's business. */
  readonly clones: { readonly json: number; readonly others: number }
}

export const judgedReplies: Scenario = {
  id: 'S1b',
  title: 'Replies that are looked into: a rule that finds rejections in successes',
  method:
    'A stub answers each call with a new `Response` of 65 536 bytes: of JSON, or of a picture. The caller reads it. The provider’s ' +
    '`isRejection` is a rule about 200. The floor *that looks too* is bare fetch which clones the reply, parses the clone and looks at the same ' +
    'field. The other one reads the reply alone. Time is processor time, as in S1. Clones of that JSON are counted, ' +
    'and those of all else: pictures, video, audio, bytes, event streams, lines of JSON, other text, and JSON that says that it is longer. All of these ' +
    'end with a body that nobody has begun to read.',
  columns: [
    { key: 'withRule', heading: 'with the rule, × floor that looks too', format: formatRatio },
    { key: 'bareLooking', heading: 'floor that looks too, × floor', format: formatRatio },
    { key: 'withoutRule', heading: 'without a rule, × floor', format: formatRatio },
    { key: 'picture', heading: 'picture, with the rule, × floor', format: formatRatio },
    { key: 'clones', heading: 'clones of JSON', format: formatCount },
    { key: 'otherClones', heading: 'clones of all else', format: formatCount },
    { key: 'ns', heading: 'with the rule, ns a call', format: formatCount },
  ],
  goals: [exactly(1, 'one clone of JSON of 64 KiB', 'clones'), exactly(0, 'no clone of streams, pictures and video', 'otherClones')],
  async run({ isQuick }) {
    const report = await runProcess<JudgedRepliesReport>('time-judged-replies.ts', [isQuick ? '15' : '51'])
    const costs = new Map(report.costs)
    const figures = {
      withRule: ratioOf(costs, 'withRule', 'bareLooking'),
      bareLooking: ratioOf(costs, 'bareLooking', 'bare'),
      withoutRule: ratioOf(costs, 'withoutRule', 'bare'),
      picture: ratioOf(costs, 'withRulePicture', 'barePicture'),
      clones: report.clones.json,
      otherClones: report.clones.others,
      ns: costOf(costs, 'withRule'),
    }
    return new Map([['tokenwell', figures]])
  },
}
