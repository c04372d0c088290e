-- The health of an Application among others in sync waves. What it holds speaks for it only once Argo CD has compared and synced what the
-- Application is to have now: before that its health is that of the release before.
local spec, status = obj.spec or {}, obj.status or {}
local source, sync, operation = spec.source or {}, status.sync or {}, status.operationState or {}
local compared = (sync.comparedTo or {}).source or {}
local hs = { status = "Progressing", message = "Argo CD has not compared it yet with revision " .. (source.targetRevision or "HEAD") }
for _, field in ipairs({ "repoURL", "path", "targetRevision" }) do
  if source[field] ~= compared[field] then return hs end
end
if operation.phase == "Failed" or operation.phase == "Error" then
  if (operation.syncResult or {}).revision == sync.revision then
    hs.status = "Degraded"
    hs.message = operation.message
    return hs
  end
end
if sync.status ~= "Synced" or obj.operation ~= nil or operation.phase == "Running" then
  hs.message = "it is being synced"
  return hs
end
if status.health ~= nil and status.health.status ~= nil then
  hs.status = status.health.status
  hs.message = status.health.message or ""
end
return hs
