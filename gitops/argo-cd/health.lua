-- The health of a ScalableApp, as kstatus sees it (observedGeneration, Stalled, Reconciling, Ready), with one difference: a release that
-- waits for a person is Suspended. A pod that flaps is no Degraded: in a sync wave that would fail the sync at once.
local hs = { status = "Progressing", message = "the operator has not seen this version of the app yet" }
if obj.metadata.deletionTimestamp ~= nil then
  hs.message = "the app is being deleted"
  return hs
end
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return hs
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function isTrue(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end
local function answer(health, type)
  hs.status = health
  if conditions[type] ~= nil then
    hs.message = conditions[type].reason .. ": " .. conditions[type].message
  end
  return hs
end

if isTrue("Stalled") then
  return answer("Degraded", "Stalled")
end
if obj.spec.suspend == true or (status.release ~= nil and status.release.pause ~= nil) then
  return answer("Suspended", "Ready")
end
if isTrue("Reconciling") then
  return answer("Progressing", "Reconciling")
end
if isTrue("Ready") then
  return answer("Healthy", "Ready")
end
return answer("Progressing", "Ready")
