// Holds a policy against an evaluator that we did not write: https://www.npmjs.com/package/@cloud-copilot/iam-simulate.
//
// Reads from standard input {"policy": document, "principal": ARN, "asked": [[action, resource], …]}, resources without wildcards, and
// writes for each pair "Allowed", "ImplicitlyDenied" or, where the resource is none of the action's, the error's name.
// PACKAGES is the node_modules folder that the evaluator lies in.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const resolve = createRequire(process.env.PACKAGES + '/').resolve
const { runSimulation } = await import(pathToFileURL(resolve('@cloud-copilot/iam-simulate')))

// A key leaves its account to IAM by this policy, which the consoles and Terraform give to each.
const ofKeys = (account) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
})

// What the other side of a role has to say: everybody in the account of who asks may take it.
const ofRoles = (account) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
})

const { policy, principal, asked } = JSON.parse(readFileSync(0, 'utf8'))
const own = principal.split(':')[4]
const others = (action, resource, account) => {
  if (action.startsWith('kms:') && resource.includes(':key/')) return { resourcePolicy: ofKeys(account) }
  return action === 'sts:AssumeRole' && resource.includes(':role/') ? { resourcePolicy: ofRoles(own) } : {}
}
const answers = []
for (const [action, resource] of asked) {
  const account = resource.split(':')[4]
  const answer = await runSimulation(
    {
      identityPolicies: [{ name: 'observed', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...others(action, resource, account),
      request: {
        action,
        principal,
        resource: { accountId: /^\d{12}$/.test(account) ? account : own, resource },
        contextVariables: {},
      },
    },
    {},
  )
  if (answer.errors?.identityPolicyErrors) throw new Error(JSON.stringify(answer.errors.identityPolicyErrors))
  answers.push(answer.overallResult ?? answer.errors.message)
}
process.stdout.write(JSON.stringify(answers))
