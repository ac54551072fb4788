export default function Page() {
  return <p>The proxy is below /api.</p>
}
