import { release, releasePost } from '../baseline.ts'
import { formatCount, formatRatio } from '../format.ts'
import { atMost } from '../goals.ts'
import { costOf, type RoundCosts, ratioOf } from '../rounds.ts'
import type { Context, Figures, Scenario } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import { postBody, type WorkName } from '../tools/hot-path-work.ts'
import { runProcess } from '../tools/run-process.ts'

/** What the process that times the calls reports: ns a call, by subject and round. */
export type HotPathReport = [SubjectName, readonly number[]][]

/** In a process of its own: code that V8 has seen doing other work runs slower, the floor's most of all. */
async function measure({ subjects, isQuick, log }: Context, work: WorkName): Promise<RoundCosts<SubjectName>> {
  log(work)
  return new Map(await runProcess<HotPathReport>('time-hot-path.ts', [work, isQuick ? '15' : '51', ...subjects.keys()]))
}

/** A row a subject. */
function tabulate({ subjects }: Context, figuresOf: (name: SubjectName) => Figures): Map<SubjectName, Figures> {
  return new Map([...subjects.keys()].map((name) => [name, figuresOf(name)]))
}

export const hotPath: Scenario = {
  id: 'S1',
  title: 'Hot path: a cached token, a fetch that answers at once',
  method:
    'Each call is awaited before the next one. Time is processor time of the calling thread, in which other programs have no part. GET: a string URL and no init; 1 024 URLs in turn, and one URL again and again. POST: 1 024 ' +
    `URLs in turn, a string body of ${postBody.length} bytes, headers as a plain object. *Minimum* is the hand-written one, in the same round. ` +
    `${release.name} is commit ${release.commit}: measured beside the minimum in one run (\`npm run bench -- S1 --against FOLDER\`), its POST took ` +
    `${formatRatio(releasePost.overMinimum)} times as long as the minimum’s, so that the goal of ${releasePost.share} of it can be read off the minimum of any run.`,
  columns: [
    { key: 'many', heading: 'GET, 1 024 URLs, × floor', format: formatRatio },
    { key: 'manyOverMinimum', heading: '× minimum', format: formatRatio },
    { key: 'one', heading: 'GET, one URL, × floor', format: formatRatio },
    { key: 'oneOverMinimum', heading: '× minimum', format: formatRatio },
    { key: 'post', heading: 'POST, × floor', format: formatRatio },
    { key: 'postOverMinimum', heading: '× minimum', format: formatRatio },
    { key: 'postOverAgainst', heading: '× --against', format: formatRatio },
    { key: 'ns', heading: 'GET, 1 024 URLs, ns a call', format: formatCount },
    { key: 'postNs', heading: 'POST, ns a call', format: formatCount },
  ],
  goals: [
    atMost(1.2, 'GET ≤ 1.2 × the hand-written minimum, 1 024 URLs', 'manyOverMinimum'),
    atMost(1.2, 'GET ≤ 1.2 × the hand-written minimum, one URL', 'oneOverMinimum'),
    atMost(
      releasePost.share * releasePost.overMinimum,
      `POST ≤ ${releasePost.share} × ${release.name}, which is ≤ ${formatRatio(releasePost.share * releasePost.overMinimum)} × the minimum`,
      'postOverMinimum',
    ),
    atMost(releasePost.share, `POST ≤ ${releasePost.share} × the build of --against`, 'postOverAgainst'),
  ],
  async run(context) {
    const many = await measure(context, 'many-urls')
    const one = await measure(context, 'one-url')
    const post = await measure(context, 'post')
    return tabulate(context, (name) => ({
      many: ratioOf(many, name, 'floor'),
      manyOverMinimum: ratioOf(many, name, 'minimum'),
      one: ratioOf(one, name, 'floor'),
      oneOverMinimum: ratioOf(one, name, 'minimum'),
      post: ratioOf(post, name, 'floor'),
      postOverMinimum: ratioOf(post, name, 'minimum'),
      postOverAgainst: ratioOf(post, name, 'against'),
      ns: costOf(many, name),
      postNs: costOf(post, name),
    }))
  },
}

export const hotPathWithRequest: Scenario = {
  id: 'S1a',
  title: 'Hot path: the same, and the fetch builds a `Request`',
  method:
    'As S1, with 1 024 URLs, but the stub constructs a `Request` from its arguments, as every real `fetch` does. *By Request*: the caller ' +
    'constructs one too and gives it alone, which is part of the call. Bare fetch is given one that has the header already. A subject that ' +
    'does not carry such a call, body included, has no figure.',
  columns: [
    { key: 'get', heading: 'GET, × floor', format: formatRatio },
    { key: 'post', heading: 'POST, × floor', format: formatRatio },
    { key: 'requestGet', heading: 'GET by Request, × floor', format: formatRatio },
    { key: 'requestPost', heading: 'POST by Request, × floor', format: formatRatio },
    { key: 'ns', heading: 'GET, ns a call', format: formatCount },
    { key: 'requestPostNs', heading: 'POST by Request, ns a call', format: formatCount },
  ],
  goals: [
    atMost(1.1, 'GET ≤ 1.10 × floor', 'get'),
    atMost(1.15, 'POST ≤ 1.15 × floor', 'post'),
    atMost(1.35, 'GET by Request ≤ 1.35 × floor', 'requestGet'),
    atMost(1.35, 'POST by Request ≤ 1.35 × floor', 'requestPost'),
  ],
  async run(context) {
    const get = await measure(context, 'constructing-get')
    const post = await measure(context, 'constructing-post')
    const requestGet = await measure(context, 'request-get')
    const requestPost = await measure(context, 'request-post')
    return tabulate(context, (name) => ({
      get: ratioOf(get, name, 'floor'),
      post: ratioOf(post, name, 'floor'),
      requestGet: ratioOf(requestGet, name, 'floor'),
      requestPost: ratioOf(requestPost, name, 'floor'),
      ns: costOf(get, name),
      requestPostNs: costOf(requestPost, name),
    }))
  },
}
