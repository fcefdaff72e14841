package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	seed, _ := strconv.ParseUint(os.Args[1], 10, 64)
	for _, c := range []course{
		{name: "The rules stay", at: []int{100, 1000, 10_000, 200_000}},
		{name: "Half of the rules change", changes: 100_000, at: []int{101_000, 110_000, 200_000}, window: 10_000},
	} {
		rows, err := c.play(full, seed, tested)
		if err != nil {
			fmt.Println(err)
		}
		for _, r := range rows {
			fmt.Printf("%d ours %.4f %.3f  %+v %s\n", r.after, r.ours.loss, r.ours.calibration, r.advice, r.learned)
			for _, n := range r.order {
				fmt.Printf("     %-30s %.4f %.3f\n", n, r.rivals[n].loss, r.rivals[n].calibration)
			}
		}
	}
}
