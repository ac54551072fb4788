// The page: a timeline that shows what the lists below it never notice.
import { type LaneEntry, type LaneId, laneIds } from '../shared/lane.ts'
import type { Disturbance, PageConfig } from '../shared/messages.ts'
import { Announcer } from './announcer.ts'
import { element, find, setText } from './dom.ts'
import { EventStream } from './event-stream.ts'
import { LaneModel } from './lane-model.ts'
import { drawCamera, loadCameras } from './lists/cameras.ts'
import { drawCity, loadCities } from './lists/cities.ts'
import { ListPanel, SignedOutError } from './lists/list-panel.ts'
import { Poller } from './poller.ts'
import { disturb, loadConfig, loadSession } from './server-calls.ts'
import { ShowsPanel } from './shows-panel.ts'
import { TimelineView } from './timeline/timeline-view.ts'
import { announce } from './timeline/words.ts'
import { Visitor } from './visitor.ts'
import { VisitorPanel } from './visitor-panel.ts'

const places = 8

await start()

async function start(): Promise<void> {
  try {
    await run(await loadConfig())
  } catch (error) {
    const again = element('button', { class: 'button primary', type: 'button' }, 'Try again')
    again.addEventListener('click', () => location.reload())
    find('main').prepend(
      element('div', { class: 'panel invitation', role: 'alert' }, `The page could not start: ${(error as Error).message}`, again),
    )
  }
}

async function run(config: PageConfig): Promise<void> {
  const announcer = new Announcer()
  const lanes = new Map(laneIds.map((id) => [id, new LaneModel(id)]))
  const laneOf = (id: LaneId): LaneModel => lanes.get(id) as LaneModel
  const carryOut = (act: Disturbance['act'], lane: LaneId | 'all'): void => {
    disturb({ act, lane }).catch((error: Error) => announcer.say(`That did not work: ${error.message}`))
  }
  const timeline = new TimelineView({ lanes, lifetimeMs: config.lifetimeMs, disturb: carryOut })
  const changed = (id: LaneId, entry: LaneEntry): void => {
    timeline.changed()
    const text = announce(id, entry)
    if (text !== undefined) announcer.say(text)
  }

  const cities = new ListPanel({ root: find('#cities'), load: loadCities, draw: drawCity, places, empty: 'There are no cities.' })
  const cameras = new ListPanel({ root: find('#cameras'), load: loadCameras, draw: drawCamera, places, empty: 'There are no cameras.' })
  const { visitor, notice } = await Visitor.arrive(config.visitor)
  const visitorPanel: VisitorPanel = new VisitorPanel({
    visitor,
    lane: laneOf('visitor'),
    changed: (entry) => changed('visitor', entry),
    poller: () => visitorPoller,
  })
  if (notice) visitorPanel.tell(notice)
  const shows = new ShowsPanel(() => pollers)

  const poll = (task: () => Promise<void>): Poller => new Poller({ everyMs: config.pollMs, task })
  const listPollers = [cities, cameras].map((list) => poll(() => list.refresh().catch(renewSession)))
  const showsPoller = poll(() => shows.refresh())
  const visitorPoller = poll(() => visitorPanel.refresh())
  const pollers: Poller[] = [...listPollers, showsPoller, visitorPoller]
  for (const poller of pollers) void poller.now()
  setUpPolling(pollers, announcer)

  // Asked once before the stream: it also tells why a sign-in has not succeeded.
  loadSession()
    .then((session) => session.notice && shows.tell(session.notice))
    .catch(() => {})
  const connection = find('#connection')
  new EventStream({
    renewSession: loadSession,
    onState: (state) => {
      connection.dataset['state'] = state
      setText(find('span', connection), state === 'live' ? 'Live from the server' : 'Connecting …')
    },
    onSnapshot: ({ lanes: known, session }) => {
      if (session.user === undefined) laneOf('camdram').replace([], undefined)
      for (const { id, entries, status } of known) {
        if (id === 'visitor') continue
        laneOf(id).replace(entries, status)
      }
      shows.show(session.user, showsPoller)
      timeline.changed()
    },
    onEntry: ({ lane, entry, status }) => {
      laneOf(lane).add(entry)
      if (status) laneOf(lane).status = status
      changed(lane, entry)
    },
    onStatus: ({ statuses }) => {
      for (const id of laneIds) if (statuses[id]) laneOf(id).status = statuses[id]
    },
  }).start()

  // The page's own token is asked, and not told of.
  setInterval(() => {
    laneOf('visitor').status = visitor.tokens.explain()
  }, 250)
  timeline.start()
}

/** The server knows this browser no more, for it was started anew, say: the next call goes on in another session. */
async function renewSession(error: unknown): Promise<void> {
  if (error instanceof SignedOutError) await loadSession().catch(() => {})
}

function setUpPolling(pollers: readonly Poller[], announcer: Announcer): void {
  const button = find<HTMLButtonElement>('#polling')
  button.addEventListener('click', () => {
    const isPaused = button.getAttribute('aria-pressed') !== 'true'
    button.setAttribute('aria-pressed', String(isPaused))
    for (const poller of pollers) poller.isPaused = isPaused
    announcer.say(isPaused ? 'The polling is paused.' : 'The polling goes on.')
  })
}
