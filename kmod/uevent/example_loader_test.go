package uevent_test

import (
	"context"
	"errors"
	"iter"
	"log"
	"os"
	"os/signal"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// A program that loads the drivers of all devices: of those that are present, and of
// those that come. It begins to listen first, so that it misses none in between.
func ExampleListener_Events() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := uevent.Listen(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	db, err := kmod.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	err = serve(ctx, kmod.NewLoader(db, nil), listener.Events(ctx))
	if !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

// serve loads drivers until there are no more events.
func serve(ctx context.Context, loader *kmod.Loader, events iter.Seq2[uevent.Event, error]) error {
	if err := plug(ctx, loader, loader.Devices()); err != nil {
		return err
	}
	for event, err := range events {
		switch {
		case errors.Is(err, uevent.ErrGap): // any device may have come meanwhile
			err = plug(ctx, loader, loader.Devices())
		case err == nil && event.Action == uevent.Add && event.Modalias != "":
			err = plug(ctx, loader, only(event))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plug loads the drivers of some devices. That no module knows a device is not an
// error, and that a driver fails concerns no other device: many find that there is
// nothing for them to do.
func plug(ctx context.Context, loader *kmod.Loader, devices iter.Seq2[uevent.Device, error]) error {
	result, err := loader.Coldplug(ctx, &kmod.ColdplugOptions{Devices: devices})
	if result == nil {
		return err // the devices or the indexes cannot be read
	}
	if err != nil {
		log.Print(err)
	}
	return nil
}

// only is the sequence of one device.
func only(event uevent.Event) iter.Seq2[uevent.Device, error] {
	return func(yield func(uevent.Device, error) bool) {
		yield(uevent.Device{Devpath: event.Devpath, Modalias: event.Modalias}, nil)
	}
}
