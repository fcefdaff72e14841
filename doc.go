// Package grantwright gets people access to data.
//
// A person follows a link from their data catalog to an asset, answers its form,
// and submits a request. Data stewards decide. The approval becomes a grant, and
// the grant becomes access on the data platform, which is read back; when it
// expires or is revoked the access is taken away, and that is read back too.
// What the records say about access is what is true on the platform.
//
// # Where to start
//
// Fill in a [Config] and call [New]; run [Engine.Run] in every process that has an
// engine, and [Engine.Close] it at the end. Whoever acts is an argument of each
// method, called by: an identity for which the host of the engine vouches.
//
// A request goes this way: [Assets.Entry] is the form behind a link, [Engine.Preview]
// shows what a submission would come to, [Engine.Submit] makes the request,
// [Engine.Determine] decides it, [Engine.WaitForGrant] waits for the platform, and
// [Engine.Revoke] ends it.
//
// # The facets
//
// The rest of the engine stands behind small values, in the order of the way:
//
//   - [Engine.Connections] registers data platforms, syncs them, and publishes links.
//   - [Engine.Governance] looks after forms, flows, agreements, guardrails and masks,
//     and [Engine.Proposals] after changes of them that await a second person.
//   - [Engine.Assets] finds what can be asked for.
//   - [Engine.Reviews] and [Engine.Substitutes] are for data stewards.
//   - [Engine.Grants] is what was given, also by hand, and [Engine.Masks] what is shown
//     masked.
//   - [Engine.Access] says who has access to what, today or at any time before.
//   - [Engine.StopSwitches] holds the stop switches.
//   - [Engine.Inbox], [Engine.Webhooks] and [Engine.Log] tell people, services and
//     auditors.
//   - [Engine.People] is who the engine knows.
//
// The packages catalog, request, review and provision hold the records of each step
// and the rules that they follow; event names the events; store keeps all of it. For the
// tests of programs that embed the engine there is grantwrighttest.
package grantwright
