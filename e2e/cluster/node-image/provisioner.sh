#!/bin/sh
# Makes and removes volumes of the StorageClass `standard` on the node it runs on: a folder below /volumes for each claim.
# The scheduler has chosen the node (WaitForFirstConsumer) and written its name on the claim; every node serves only its own claims.
set -u
class=standard provisioner=scalableapp.dev/local-folder

provision() { # namespace claim uid size access-modes
  volume=pvc-$3
  mkdir -p -m 0777 "/volumes/$volume" && chmod 0777 "/volumes/$volume"
  kubectl apply --server-side --field-manager=local-folder -f - << MANIFEST
apiVersion: v1
kind: PersistentVolume
metadata:
  name: $volume
  annotations: {pv.kubernetes.io/provisioned-by: $provisioner}
spec:
  capacity: {storage: $4}
  accessModes: [$5]
  persistentVolumeReclaimPolicy: Delete
  storageClassName: $class
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: $1, name: $2, uid: $3}
  local: {path: /var/local-volumes/$volume}
  nodeAffinity:
    required:
      nodeSelectorTerms:
      - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$NODE_NAME]}]
MANIFEST
}

# kubectl pads tabs and holds such lines back: the fields are parted by bars
claims='{{if eq .status.phase "Pending"}}{{with .metadata.annotations}}{{index . "volume.kubernetes.io/selected-node"}}{{end}}|{{.spec.storageClassName}}|{{.metadata.namespace}}|{{.metadata.name}}|{{.metadata.uid}}|{{.spec.resources.requests.storage}}|{{range $i, $mode := .spec.accessModes}}{{if $i}},{{end}}{{$mode}}{{end}}{{"\n"}}{{end}}'
serve_claims() {
  kubectl get persistentvolumeclaims --all-namespaces --watch -o go-template="$claims" | while IFS='|' read -r node wanted namespace name uid size modes; do
    [ "$node" = "$NODE_NAME" ] && [ "$wanted" = "$class" ] && provision "$namespace" "$name" "$uid" "$size" "$modes"
  done
}

volumes='{{if eq .status.phase "Released"}}{{with .metadata.annotations}}{{index . "pv.kubernetes.io/provisioned-by"}}{{end}}|{{.spec.persistentVolumeReclaimPolicy}}|{{.metadata.name}}{{"\n"}}{{end}}'
reclaim_volumes() {
  kubectl get persistentvolumes --watch -o go-template="$volumes" | while IFS='|' read -r by policy name; do
    [ "$by" = "$provisioner" ] && [ "$policy" = Delete ] && [ -d "/volumes/$name" ] || continue
    rm -rf "/volumes/$name" && kubectl delete persistentvolume "$name" --ignore-not-found --wait=false
  done
}

trap 'kill 0; exit 0' TERM INT
# a watch ends when the API server is restarted or after some minutes: then it is taken up again
while true; do reclaim_volumes; sleep 2; done &
while true; do serve_claims; sleep 2; done &
wait
